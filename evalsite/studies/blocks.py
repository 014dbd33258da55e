"""A block of a protocol: one trial type, its items, and how they reach a listener."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading, texts
from evalsite.studies.language import translated
from evalsite.studies.trial_types import make_trial_type
from evalsite.studies.trial_types.base import TrialType

CONTROLS = ("control_area", "control_energy", "control_phase_only", "control_random_phase")
CONDITIONS = ("original", "kept", "removed", *CONTROLS)
# latin_square: each recording once, in one condition; all: every item; sample: some items each.
ASSIGNMENTS = ("latin_square", "all", "sample")
ORDERS = ("random", "fixed", "williams")
FAMILIARITY = ("no", "maybe", "yes")
ONCE = "once"
MAX_SECONDS = 3600


@dataclass(frozen=True)
class Block:
    """`min_heard`: "once" (each signal to its end) or seconds of each signal, 0 for none.

    `when` names the levels of factors between listeners that get this block; empty: all do.
    `repeats` and `catch` are numbers of trials added to a sitting, `training` a number of
    sources whose items come before the others and do not count.
    """

    name: str = "main"
    trial_type: str = "presence"
    parameters: Mapping[str, object] | None = None
    question: str = translated(texts.QUESTION)
    intro: str = translated(texts.INTRO)
    instructions: str = ""
    conditions: tuple[str, ...] = ("original", "kept", "control_area")
    assignment: str = "latin_square"
    items_per_sitting: int | None = None
    ratings_per_item: int | None = None
    order: str = "random"
    repeats: int = 0
    catch: int = 0
    practice: bool = True
    training: int = 0
    feedback: bool = True
    min_heard: str | float = ONCE
    ask_familiarity: bool = True
    break_after: bool = False
    when: Mapping[str, tuple[str, ...]] | None = None

    def make_trial_type(self) -> TrialType:
        return make_trial_type(self.trial_type, self.parameters or {})

    def is_for(self, levels: Mapping[str, str]) -> bool:
        return all(levels.get(factor) in wanted for factor, wanted in (self.when or {}).items())


def read_blocks(value: object) -> tuple[Block, ...]:
    entries = reading.read_list(value, "blocks", at_least=1, at_most=20)
    blocks = tuple(read_block(entry, f"blocks[{i}].") for i, entry in enumerate(entries))
    reading.refuse_repeats([block.name for block in blocks], "names of blocks")
    return blocks


def read_block(value: object, where: str = "") -> Block:
    """`where` is put before each name in a refusal: "blocks[0]."."""
    given = reading.read_mapping(value, where.rstrip(".") or "block", keys=tuple(_READERS))
    read = {
        key: _READERS[key](entry, f"{where}{key}")
        for key, entry in given.items()
        if key != "parameters"
    }
    block = Block(**read)  # type: ignore[arg-type]
    parameters = given.get("parameters")
    try:
        trial_type = make_trial_type(block.trial_type, {} if parameters is None else parameters)
        trial_type.check_conditions(block.conditions)
    except EarwitnessError as error:
        raise place_refusal(error, where) from error
    _check_sampling(block, where)
    return replace(block, parameters=trial_type.to_parameters())


def place_refusal(error: EarwitnessError, where: str) -> EarwitnessError:
    """A trial type does not know in which block it stands: its refusals get the block's place."""
    first = re.split(r"[ .\[]", str(error), maxsplit=1)[0]
    return EarwitnessError(f"{where}{error}") if first in _READERS else error


def _check_sampling(block: Block, where: str) -> None:
    is_sample = block.assignment == "sample"
    for key in ("items_per_sitting", "ratings_per_item"):
        if (getattr(block, key) is not None) != is_sample:
            raise EarwitnessError(
                f"{where}{key} must be given if assignment is sample, and only then; it is "
                f"{block.assignment}."
            )
    if block.order == "williams" and len(block.conditions) < 2:
        raise EarwitnessError(
            f"{where}order can be williams with two conditions or more, got "
            f"{len(block.conditions)}."
        )


def _read_conditions(value: object, where: str) -> tuple[str, ...]:
    entries = reading.read_list(value, where, at_least=1, at_most=len(CONDITIONS))
    names = [
        reading.read_choice(entry, f"{where}[{i}]", choices=CONDITIONS)
        for i, entry in enumerate(entries)
    ]
    reading.refuse_repeats(names, where)
    return tuple(names)


def _read_min_heard(value: object, where: str) -> str | float:
    is_number = type(value) in (int, float) and 0 <= value <= MAX_SECONDS  # type: ignore[operator]
    if value == ONCE or is_number:
        return value  # type: ignore[return-value]
    raise EarwitnessError(
        f"{where} must be {ONCE} or seconds from 0 to {MAX_SECONDS}, got {ascii(value)[:40]}."
    )


def _read_when(value: object, where: str) -> Mapping[str, tuple[str, ...]] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise EarwitnessError(
            f"{where} must be a mapping of factors to levels, got {ascii(value)[:40]}."
        )
    return {
        reading.read_name(factor, where): tuple(
            reading.read_name(level, f"{where}.{factor}[{i}]")
            for i, level in enumerate(reading.read_list(levels, f"{where}.{factor}", at_least=1))
        )
        for factor, levels in value.items()
    }


def _number(low: int, high: int):
    return lambda value, where: reading.read_whole_number(value, where, low=low, high=high)


def _number_or_none(low: int, high: int):
    return lambda value, where: None if value is None else _number(low, high)(value, where)


def _choice(choices: tuple[str, ...]):
    return lambda value, where: reading.read_choice(value, where, choices=choices)


def _text(at_least: int, at_most: int):
    return lambda value, where: reading.read_text(value, where, at_least=at_least, at_most=at_most)


_READERS = {
    "name": reading.read_name,
    "trial_type": reading.read_name,
    "parameters": lambda value, where: value,
    "question": _text(1, 200),
    "intro": _text(0, 1000),
    "instructions": _text(0, 5000),
    "conditions": _read_conditions,
    "assignment": _choice(ASSIGNMENTS),
    "items_per_sitting": _number_or_none(1, 1000),
    "ratings_per_item": _number_or_none(1, 10_000),
    "order": _choice(ORDERS),
    "repeats": _number(0, 100),
    "catch": _number(0, 100),
    "practice": reading.read_bool,
    "training": _number(0, 100),
    "feedback": reading.read_bool,
    "min_heard": _read_min_heard,
    "ask_familiarity": reading.read_bool,
    "break_after": reading.read_bool,
    "when": _read_when,
}
