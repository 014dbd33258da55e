"""ABX: X is the same sound as A or as B. Which?

Clark (1982), "High-resolution subjective testing using a double-blind comparator".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.studies import reading
from evalsite.studies.language import translated
from evalsite.studies.pairing import check_pairs, plan_easy_pair, plan_pairs
from evalsite.studies.trial_types.base import (
    NO_TRUTH,
    AnswerForm,
    Arrangement,
    Column,
    ItemPlan,
    ItemView,
    Material,
    PracticeSounds,
    TrialType,
    Truth,
    check_choice,
    check_confidence,
    check_object,
    confidence_column,
    draw_confidence,
)

CHOICES = ("A", "B")
CHANCE = 0.5


@dataclass(frozen=True)
class Abx(TrialType):
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

    def plan_practice(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [plan_easy_pair(sounds, "practice")]

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [plan_easy_pair(sounds, "catch")]

    def arrange(self, item: ItemView, rng: np.random.Generator) -> Arrangement:
        """Which of the two is A, and which one X is, are drawn for each listener."""
        a, b = (int(i) for i in rng.permutation(2))
        x = int(rng.integers(2))
        return Arrangement((a, b, (a, b)[x]), ("A", "B", "X"), key={"x": CHOICES[x]})

    def columns(self) -> tuple[Column, ...]:
        columns = [
            Column("choice", "text", "What X was taken for", ", ".join(CHOICES)),
            Column("x_is", "text", "What X was", ", ".join(CHOICES)),
            Column("condition_a", "text", "What was done to the sound called A", "a condition"),
            Column("condition_b", "text", "What was done to the sound called B", "a condition"),
            Column("is_correct", "true or false", "X was recognised", "true, false"),
            Column("chance", "number", "Share that guessing gets right", "0.5"),
        ]
        if self.confidence:
            columns.append(confidence_column(self.confidence))
        return tuple(columns)

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["choice", *(["confidence"] if self.confidence else [])])
        check_choice(form, answer, "choice", CHOICES)
        check_confidence(form, answer, self.confidence)
        return form

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        conditions: Mapping[str, str] = key["conditions"]  # type: ignore[assignment]
        row = {
            "choice": answer["choice"],
            "x_is": key["x"],
            "condition_a": conditions["A"],
            "condition_b": conditions["B"],
            "is_correct": answer["choice"] == key["x"],
            "chance": CHANCE,
        }
        return [{**row, "confidence": answer["confidence"]} if self.confidence else row]

    def passes_catch(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> bool:
        return answer["choice"] == key["x"]

    def feedback(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> dict[str, object]:
        is_correct = answer["choice"] == key["x"]
        return {"is_correct": is_correct, "message": _("X was %(label)s.") % {"label": key["x"]}}

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """Right with the probability of the skill, else a guess."""
        is_heard = "x" in truth.key and rng.random() < truth.skill
        choice = truth.key["x"] if is_heard else str(rng.choice(CHOICES))
        return {"choice": choice, **draw_confidence(rng, self.confidence)}
