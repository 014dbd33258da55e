"""Reading plain data (JSON, YAML) strictly: every refusal names the place, the rule, the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from evalsite.common.errors import EarwitnessError

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# NUL and the other control characters: no database, CSV or page needs them.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_yaml(text: str, what: str) -> object:
    """JSON or YAML (JSON is YAML) as plain data. Aliases could make much out of a few lines."""
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1
                raise EarwitnessError(f"{what} must hold no alias of YAML, line {line} has one.")
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place is not None else ""
        raise EarwitnessError(f"{what} must be JSON or YAML; reading stopped{where}.") from error


def read_mapping(value: object, where: str, *, keys: Sequence[str]) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise EarwitnessError(f"{where} must be a mapping of names to values, got {_show(value)}.")
    for key in value:
        if key not in keys:
            known = ", ".join(keys)
            raise EarwitnessError(f"{where} may hold {known}, got {_show(key)}.")
    return value


def read_fields(
    value: object, where: str, readers: Mapping[str, Callable[[object, str], Any]]
) -> dict[str, Any]:
    """Those fields that are there, each by its reader."""
    given = read_mapping(value, where, keys=tuple(readers))
    return {key: readers[key](given[key], f"{where}.{key}") for key in given}


def read_list(value: object, where: str, *, at_least: int = 0, at_most: int = 1000) -> list[object]:
    if not isinstance(value, list | tuple):
        raise EarwitnessError(f"{where} must be a list, got {_show(value)}.")
    if not at_least <= len(value) <= at_most:
        raise EarwitnessError(
            f"{where} must hold {at_least} to {at_most} entries, got {len(value)}."
        )
    return list(value)


def read_text(value: object, where: str, *, at_least: int = 1, at_most: int = 200) -> str:
    if not isinstance(value, str):
        raise EarwitnessError(f"{where} must be text, got {_show(value)}.")
    text = value.strip()
    if CONTROL.search(text) or not is_unicode(text):
        raise EarwitnessError(f"{where} must hold no control characters, got {_show(text)}.")
    if not at_least <= len(text) <= at_most:
        raise EarwitnessError(
            f"{where} must have {at_least} to {at_most} characters, got {len(text)}."
        )
    return text


def read_name(value: object, where: str) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise EarwitnessError(
            f"{where} must be a name of small letters, digits and _, got {_show(value)}."
        )
    return value


def read_whole_number(value: object, where: str, *, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise EarwitnessError(
            f"{where} must be a whole number from {low} to {high}, got {_show(value)}."
        )
    return value


def read_number(value: object, where: str, *, low: float, high: float) -> float:
    if type(value) not in (int, float) or not low <= value <= high:  # type: ignore[operator]
        raise EarwitnessError(
            f"{where} must be a number from {low:g} to {high:g}, got {_show(value)}."
        )
    return float(value)  # type: ignore[arg-type]


def read_bool(value: object, where: str) -> bool:
    if type(value) is not bool:
        raise EarwitnessError(f"{where} must be true or false, got {_show(value)}.")
    return value


def read_choice(value: object, where: str, *, choices: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise EarwitnessError(f"{where} must be one of {', '.join(choices)}, got {_show(value)}.")
    return value


def read_steps(value: object, where: str) -> tuple[str, ...]:
    """Words for the steps of a short scale, from least to most; none: not asked."""
    steps = read_list(value, where, at_most=7)
    return tuple(read_text(step, f"{where}[{i}]", at_most=40) for i, step in enumerate(steps))


def refuse_repeats(names: Sequence[str], where: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise EarwitnessError(f"{where} must differ from each other, got {name!r} twice.")


def is_unicode(text: str) -> bool:
    """False for lone surrogates, which no UTF-8 database can keep."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _show(value: object) -> str:
    shown = ascii(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
