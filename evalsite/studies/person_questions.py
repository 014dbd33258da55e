"""A question about the person: its kind says what it holds and what an answer may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading

BEFORE, AFTER = "before", "after"
FREE_TEXT = ("text", "long_text")
LONGEST = {"text": 200, "long_text": 4000}
FURTHEST = 1e9


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class PersonQuestion:
    """`when`: before or after the trials.

    choice and choices have `choices`; number has `low`, `high`, `whole` and perhaps `bands` (where
    each band begins: exports then hold the band only); scale has `points` and words for both ends
    or for each point in `labels`; text and long_text have `at_most` characters.
    """

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    kind: str = "choice"
    help: str = ""
    required: bool = True
    when: str = BEFORE
    low: float = 0
    high: float = 0
    whole: bool = True
    bands: tuple[float, ...] = ()
    points: int = 7
    labels: tuple[str, ...] = ()
    at_most: int = 0

    def to_plain(self) -> dict[str, object]:
        """What its kind holds and no more; `read_question` reads it back."""
        plain = {key: getattr(self, key) for key in (*COMMON, *KINDS[self.kind])}
        lists = {key: list(plain[key]) for key in ("bands", "labels") if key in plain}
        if "choices" in plain:
            lists["choices"] = [vars(choice) for choice in self.choices]
        return {**plain, **lists}

    def name_band(self, value: float) -> str:
        """The band that a number falls into, as exports call it."""
        if value < self.bands[0]:
            return f"<{self.bands[0]}"
        for first, after in pairwise(self.bands):
            if first <= value < after:
                return f"{first}-{after - 1}" if self.whole else f"{first}-<{after}"
        return f"{self.bands[-1]}+"


def read_question(entry: object, where: str) -> PersonQuestion:
    every_key = (*COMMON, *dict.fromkeys(key for keys in KINDS.values() for key in keys))
    given = reading.read_mapping(entry, where, keys=every_key)
    kind = reading.read_choice(given.get("kind", "choice"), f"{where}.kind", choices=tuple(KINDS))
    given = reading.read_mapping(entry, where, keys=(*COMMON, *KINDS[kind]))
    when = reading.read_choice(given.get("when", BEFORE), f"{where}.when", choices=(BEFORE, AFTER))
    return PersonQuestion(
        name=reading.read_name(given.get("name"), f"{where}.name"),
        label=reading.read_text(given.get("label"), f"{where}.label", at_most=1000),
        kind=kind,
        help=reading.read_text(given.get("help", ""), f"{where}.help", at_least=0, at_most=1000),
        required=reading.read_bool(given.get("required", True), f"{where}.required"),
        when=when,
        **_READERS[kind](given, where),
    )


def _read_choices(given: Mapping[str, object], where: str) -> dict[str, object]:
    entries = reading.read_list(given.get("choices"), f"{where}.choices", at_least=2, at_most=50)
    choices = tuple(_read_choice(entry, f"{where}.choices[{i}]") for i, entry in enumerate(entries))
    reading.refuse_repeats([choice.value for choice in choices], f"values of {where}.choices")
    return {"choices": choices}


def _read_choice(value: object, where: str) -> Choice:
    given = reading.read_mapping(value, where, keys=("value", "label"))
    choice = reading.read_text(given.get("value"), f"{where}.value", at_most=40)
    if ";" in choice:
        raise EarwitnessError(f"{where}.value must hold no semicolon, got {choice!a}.")
    return Choice(choice, reading.read_text(given.get("label"), f"{where}.label"))


def _read_range(given: Mapping[str, object], where: str) -> dict[str, object]:
    whole = reading.read_bool(given.get("whole", True), f"{where}.whole")
    low = _read_number(given.get("low", 0), f"{where}.low", whole=whole)
    high = _read_number(given.get("high"), f"{where}.high", whole=whole)
    if low >= high:
        raise EarwitnessError(f"{where}.low must be below high, got {low} and {high}.")
    bands = tuple(
        _read_number(entry, f"{where}.bands[{i}]", whole=whole)
        for i, entry in enumerate(reading.read_list(given.get("bands", ()), f"{where}.bands"))
    )
    if any(first >= after for first, after in pairwise(bands)):
        raise EarwitnessError(f"{where}.bands must rise, got {list(bands)}.")
    return {"whole": whole, "low": low, "high": high, "bands": bands}


def _read_number(value: object, where: str, *, whole: bool) -> float:
    types = (int,) if whole else (int, float)
    # The comparison is false for NaN too.
    if type(value) not in types or not -FURTHEST <= value <= FURTHEST:  # type: ignore[operator]
        kind = "a whole number" if whole else "a number"
        raise EarwitnessError(f"{where} must be {kind}, got {ascii(value)[:40]}.")
    return value  # type: ignore[return-value]


def _read_scale(given: Mapping[str, object], where: str) -> dict[str, object]:
    points = reading.read_whole_number(given.get("points", 7), f"{where}.points", low=2, high=11)
    entries = reading.read_list(given.get("labels", ()), f"{where}.labels", at_most=11)
    labels = tuple(
        reading.read_text(entry, f"{where}.labels[{i}]", at_most=60)
        for i, entry in enumerate(entries)
    )
    if len(labels) not in (0, 2, points):
        raise EarwitnessError(
            f"{where}.labels must name both ends or all {points} points, got {len(labels)}."
        )
    return {"points": points, "labels": labels}


def _read_length(kind: str) -> Callable[[Mapping[str, object], str], dict[str, object]]:
    def read(given: Mapping[str, object], where: str) -> dict[str, object]:
        longest = LONGEST[kind]
        at_most = reading.read_whole_number(
            given.get("at_most", longest), f"{where}.at_most", low=1, high=longest
        )
        return {"at_most": at_most}

    return read


COMMON = ("name", "label", "kind", "help", "required", "when")
# Each kind with the keys that only it has.
KINDS = {
    "choice": ("choices",),
    "choices": ("choices",),
    "number": ("low", "high", "whole", "bands"),
    "scale": ("points", "labels"),
    "text": ("at_most",),
    "long_text": ("at_most",),
}
_READERS = {
    "choice": _read_choices,
    "choices": _read_choices,
    "number": _read_range,
    "scale": _read_scale,
    "text": _read_length("text"),
    "long_text": _read_length("long_text"),
}
