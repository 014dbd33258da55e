"""What a listener chooses among when asked what a clip was made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.qualities import READY_MADE, SETS, say_help, say_quality


@dataclass(frozen=True)
class Choice:
    """A target, and what the page calls it."""

    name: str
    label: str
    help: str = ""

    def to_plain(self) -> dict[str, str]:
        plain = vars(self)
        return {key: plain[key] for key in plain if plain[key]}


def read_choices(value: object, where: str) -> tuple[Choice, ...]:
    """The name of a ready-made set; or names of targets and mappings with their own words."""
    if isinstance(value, str):
        chosen = SETS[reading.read_choice(value, where, choices=tuple(SETS))]
        return tuple(make_choice(quality.name) for quality in chosen)
    entries = reading.read_list(value, where, at_most=20)
    choices = tuple(_read_choice(entry, f"{where}[{i}]") for i, entry in enumerate(entries))
    reading.refuse_repeats([choice.name for choice in choices], f"names of {where}")
    if len(choices) == 1:
        raise EarwitnessError(f"{where} must hold 2 to 20 entries or none, got 1.")
    return choices


def _read_choice(entry: object, where: str) -> Choice:
    if isinstance(entry, str):
        return make_choice(reading.read_name(entry, where))
    given = reading.read_mapping(entry, where, keys=("name", "label", "help"))
    return Choice(
        reading.read_name(given.get("name"), f"{where}.name"),
        reading.read_text(given.get("label"), f"{where}.label", at_most=60),
        reading.read_text(given.get("help", ""), f"{where}.help", at_least=0),
    )


def make_choice(target: str) -> Choice:
    """In ready-made words where there are such, else by its own name."""
    quality = READY_MADE.get(target)
    if quality is None:
        return Choice(target, target.replace("_", " ").capitalize())
    return Choice(target, gettext(quality.label), say_help(target))


def describe_wanted(target: str, choices: Sequence[Choice], *, is_high: bool) -> Choice:
    """A target as a clip may show it: by its own words, or with the end of its scale."""
    given = {choice.name: choice for choice in choices}
    quality = READY_MADE.get(target)
    if target in given or quality is None:
        return given.get(target) or make_choice(target)
    said = say_quality(quality)
    return Choice(target, f"{said.label}: {said.high if is_high else said.low}")


def find_choices(choices: Sequence[Choice], targets: Sequence[str]) -> Mapping[str, Choice]:
    """By name: those given, else the targets themselves, else the set their only target is of."""
    found = {choice.name: choice for choice in choices}
    if not found and len(targets) > 1:
        found = {target: make_choice(target) for target in targets}
    for qualities in SETS.values() if not found else ():
        if targets[0] in {quality.name for quality in qualities}:
            found = {quality.name: make_choice(quality.name) for quality in qualities}
    if not found:
        raise EarwitnessError(
            f"The sources must have 2 targets or more to choose among, got {targets[0]} only: "
            "give parameters.choices."
        )
    for target in targets:
        if target not in found:
            raise EarwitnessError(
                f"parameters.choices must hold every target of the sources, {target} is missing."
            )
    return found
