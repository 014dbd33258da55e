"""Pairs of conditions of one recording: what `pair` and `abx` compare."""

from __future__ import annotations

from collections.abc import Sequence

from evalsite.common.errors import EarwitnessError
from evalsite.studies.design import pair_graph
from evalsite.studies.trial_types.base import (
    REFERENCE,
    ItemPlan,
    Material,
    PracticeSounds,
    SignalPlan,
)


def name_pair(first: str, second: str) -> str:
    """The condition of a whole item, as exports have it."""
    return f"{first} vs {second}"


def list_pairs(conditions: Sequence[str], degree: int) -> list[tuple[str, str]]:
    """All pairs, or with a degree so many of each condition, connected with each other."""
    n = len(conditions)
    chosen = pair_graph(n, degree or n - 1)
    return [(conditions[i], conditions[j]) for i, j in chosen]


def check_pairs(conditions: Sequence[str], degree: int) -> None:
    """Raise EarwitnessError where no connected pairs can be made."""
    n = len(conditions)
    if n < 2:
        raise EarwitnessError(f"conditions must be 2 or more to be compared, got {n}.")
    if degree and not (2 <= degree < n or (n, degree) == (2, 1)):
        raise EarwitnessError(
            f"parameters.degree must be 0 (all pairs) or from 2 to {n - 1} with {n} conditions, "
            f"got {degree}."
        )


def plan_pairs(
    materials: Sequence[Material], conditions: Sequence[str], degree: int, *, reference: str = ""
) -> list[ItemPlan]:
    """Of each recording each pair; beside a `reference`, a condition, it is an open third."""
    compared = [condition for condition in conditions if condition != reference]
    open_third = ((REFERENCE, reference),) if reference else ()
    return [
        ItemPlan(
            tuple(
                SignalPlan(role, condition, clip=material.clips[condition])
                for role, condition in (*open_third, ("first", first), ("second", second))
            ),
            name_pair(first, second),
            material,
        )
        for material in materials
        for first, second in list_pairs(compared, degree)
    ]


def plan_easy_pair(sounds: PracticeSounds, condition: str) -> ItemPlan:
    """The piece and the same without its highs: nobody who listens takes one for the other."""
    return ItemPlan(
        (
            SignalPlan("first", "piece", sound=sounds.piece),
            SignalPlan("second", "muffled", sound=sounds.muffled),
        ),
        condition,
    )
