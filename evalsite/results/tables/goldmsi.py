"""The Gold-MSI in the table of participants: each answer by its item's number, sums and means."""

from __future__ import annotations

from collections.abc import Mapping

from evalsite.studies.gold_msi import (
    HIGHEST,
    LOWEST,
    PREFIX,
    REVERSED,
    SCALES,
    list_scales,
    name_item,
    score_answers,
)
from evalsite.studies.parts.goldmsi import goldmsi_of
from evalsite.studies.protocol import Protocol
from evalsite.studies.trial_types.base import Column

RANGE = f"{LOWEST} to {HIGHEST}"


def goldmsi_columns(protocol: Protocol) -> tuple[Column, ...]:
    """Two a scale that was asked whole, then one an item."""
    numbers = _list_numbers(protocol)
    columns = []
    for name in list_scales(numbers):
        n, title = len(SCALES[name]), name.replace("_", " ")
        columns += [
            Column(
                f"{PREFIX}{name}_sum",
                "whole number",
                f"Gold-MSI v1.0, {title}: sum of its {n} items, reversed ones turned; empty: not "
                "all answered",
                f"{LOWEST * n} to {HIGHEST * n}",
            ),
            Column(
                f"{PREFIX}{name}_mean", "number", "The same as a mean", f"{LOWEST} to {HIGHEST}"
            ),
        ]
    for number in numbers:
        turned = " (reversed: 8 minus this counts)" if number in REVERSED else ""
        columns.append(
            Column(
                name_item(number),
                "whole number",
                f"Gold-MSI v1.0, item {number}, as answered{turned}; empty: not answered",
                RANGE,
            )
        )
    return tuple(columns)


def describe_goldmsi(protocol: Protocol, background: Mapping[str, object]) -> dict[str, object]:
    """One person's cells."""
    names = {number: name_item(number) for number in _list_numbers(protocol)}
    answers = {number: background.get(name) for number, name in names.items()}
    given = {number: int(answer) for number, answer in answers.items() if answer is not None}
    cells: dict[str, object] = {names[number]: answer for number, answer in answers.items()}
    for name, score in score_answers(given).items():
        cells[f"{PREFIX}{name}_sum"] = score.sum
        cells[f"{PREFIX}{name}_mean"] = round(score.mean, 4)
    return cells


def _list_numbers(protocol: Protocol) -> list[int]:
    return sorted(item.number for item in goldmsi_of(protocol).items)
