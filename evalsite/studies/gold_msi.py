"""The key of the Goldsmiths Musical Sophistication Index, self-report inventory v1.0.

Which items belong to which scale, which are reversed, and the scores. The wording of the items is
not ours and not here. Items go by their official numbers, 1 to 38, answered from 1 to 7.

The inventory is that of Müllensiefen, Gingras, Musil & Stewart (2014), The musicality of
non-musicians, PLoS ONE 9(2), e89642. Numbering and key are compiled from how public implementations
code v1.0 (goldMSI_survey_jspsych of D. J. Baker and others, which agree with each other), not from
its scoring sheet: compare the two before you publish scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LOWEST, HIGHEST = 1, 7
PREFIX = "goldmsi_"
ITEMS = range(1, 39)
REVERSED = frozenset((9, 11, 13, 14, 17, 21, 23, 25, 27))
SCALES: Mapping[str, tuple[int, ...]] = {
    "active_engagement": (1, 3, 8, 15, 21, 24, 28, 34, 38),
    "perceptual_abilities": (5, 6, 11, 12, 13, 18, 22, 23, 26),
    "musical_training": (14, 27, 32, 33, 35, 36, 37),
    "singing_abilities": (4, 7, 10, 17, 25, 29, 30),
    "emotions": (2, 9, 16, 19, 20, 31),
    # Drawn from all five.
    "general": (1, 3, 4, 7, 10, 12, 14, 15, 17, 19, 23, 24, 25, 27, 29, 32, 33, 37),
}


@dataclass(frozen=True)
class Score:
    """The original reports sums, with norms; others report means."""

    sum: int
    mean: float


def name_item(number: int) -> str:
    return f"{PREFIX}{number:02}"


def list_scales(numbers: Iterable[int]) -> list[str]:
    """The scales of which every item is among `numbers`."""
    asked = set(numbers)
    return [name for name, items in SCALES.items() if asked.issuperset(items)]


def score_answers(answers: Mapping[int, int]) -> dict[str, Score]:
    """By scale, from answers by item number; a scale with an unanswered item has no score."""
    scores = {}
    for name in list_scales(answers):
        total = sum(turn_answer(number, answers[number]) for number in SCALES[name])
        scores[name] = Score(total, total / len(SCALES[name]))
    return scores


def turn_answer(number: int, answer: int) -> int:
    """So that more always means more sophisticated."""
    return LOWEST + HIGHEST - answer if number in REVERSED else answer
