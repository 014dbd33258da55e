"""ABX: X is the same sound as A or as B. Which?

Clark (1982), "High-resolution subjective testing using a double-blind comparator".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.studies import reading
from evalsite.studies.choosing import Choosing
from evalsite.studies.language import translated
from evalsite.studies.pairing import check_pairs, plan_easy_pair, plan_pairs
from evalsite.studies.trial_types.base import (
    Arrangement,
    Column,
    ItemPlan,
    ItemView,
    Material,
    PracticeSounds,
)

CHOICES = ("A", "B")


@dataclass(frozen=True)
class Abx(Choosing):
    """Can two versions of a recording be told apart? Both are open; X is one of them."""

    prompt: str = translated("Which one is X?")
    degree: int = field(default=0, metadata={"help": "Pairs of each condition; 0: every pair."})
    confidence: tuple[str, ...] = field(
        default=(), metadata={"help": "From least to most sure; empty: not asked."}
    )

    version: ClassVar[int] = 1
    template: ClassVar[str] = "responses/trials/abx.html"
    player: ClassVar[Mapping[str, bool]] = {"has_loop": True}
    given_column: ClassVar[str] = "choice"
    repeat_column: ClassVar[str] = "is_correct"
    analysed_as: ClassVar[str] = "choices"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Abx:
        keys = ("prompt", "degree", "confidence")
        given = reading.read_mapping(parameters, "parameters", keys=keys)
        values: dict[str, object] = {}
        if "prompt" in given:
            values["prompt"] = reading.read_text(given["prompt"], "parameters.prompt")
        if "degree" in given:
            values["degree"] = reading.read_whole_number(
                given["degree"], "parameters.degree", low=0, high=20
            )
        if "confidence" in given:
            values["confidence"] = reading.read_steps(given["confidence"], "parameters.confidence")
        return cls(**values)  # type: ignore[arg-type]

    def to_parameters(self) -> dict[str, object]:
        return {**asdict(self), "confidence": list(self.confidence)}

    def check_conditions(self, conditions: Sequence[str]) -> None:
        check_pairs(conditions, self.degree)

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        return plan_pairs(materials, conditions, self.degree)

    def plan_easy(self, sounds: PracticeSounds, condition: str) -> ItemPlan:
        return plan_easy_pair(sounds, condition)

    def list_offered(self, shown: Mapping[str, Any]) -> Sequence[str]:
        return CHOICES

    def find_right(self, key: Mapping[str, Any]) -> str:
        return key["x"]

    def arrange(self, item: ItemView, rng: np.random.Generator) -> Arrangement:
        """Which of the two is A, and which one X is, are drawn for each listener."""
        a, b = (int(i) for i in rng.permutation(2))
        x = int(rng.integers(2))
        return Arrangement((a, b, (a, b)[x]), ("A", "B", "X"), key={"x": CHOICES[x]})

    def columns(self) -> tuple[Column, ...]:
        return (
            Column("choice", "text", "What X was taken for", ", ".join(CHOICES)),
            Column("x_is", "text", "What X was", ", ".join(CHOICES)),
            Column("condition_a", "text", "What was done to the sound called A", "a condition"),
            Column("condition_b", "text", "What was done to the sound called B", "a condition"),
            *self.score_columns("X was recognised"),
        )

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        conditions: Mapping[str, str] = key["conditions"]  # type: ignore[assignment]
        row = {
            "choice": answer["choice"],
            "x_is": key["x"],
            "condition_a": conditions["A"],
            "condition_b": conditions["B"],
            **self.score(answer, shown, key),
        }
        return [row]

    def feedback(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> dict[str, object]:
        is_correct = self.passes_catch(answer, shown, key)
        return {"is_correct": is_correct, "message": _("X was %(label)s.") % {"label": key["x"]}}
