"""Forced choice with one right answer: what `identify`, `abx` and `predict_model` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evalsite.studies.answers import (
    check_choice,
    check_confidence,
    check_object,
    confidence_column,
    draw_confidence,
)
from evalsite.studies.trial_types.base import (
    NO_TRUTH,
    AnswerForm,
    Column,
    ItemPlan,
    PracticeSounds,
    TrialType,
    Truth,
)


class Choosing(TrialType):
    """An answer is a `choice` and, if `confidence` has steps, how sure the listener was."""

    confidence: tuple[str, ...]

    def plan_easy(self, sounds: PracticeSounds, condition: str) -> ItemPlan:
        """An item whose right answer everybody who listens knows."""
        raise NotImplementedError

    def list_offered(self, shown: Mapping[str, Any]) -> Sequence[str]:
        """What a choice may be."""
        return [choice["name"] for choice in shown["choices"]]

    def find_right(self, key: Mapping[str, Any]) -> str:
        """The right one of those."""
        return key["sought"]

    def plan_practice(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [self.plan_easy(sounds, "practice")]

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [self.plan_easy(sounds, "catch")]

    def score_columns(self, right: str) -> list[Column]:
        """What `score` gives. `right`: when a choice is correct."""
        columns = [
            Column("is_correct", "true or false", right, "true, false"),
            Column("chance", "number", "Share that guessing gets right", "0 to 0.5"),
        ]
        return [*columns, confidence_column(self.confidence)] if self.confidence else columns

    def score(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> dict[str, object]:
        sure = {"confidence": answer["confidence"]} if self.confidence else {}
        chance = 1 / len(self.list_offered(shown))
        return {"is_correct": self.passes_catch(answer, shown, key), "chance": chance, **sure}

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["choice", *(["confidence"] if self.confidence else [])])
        check_choice(form, answer, "choice", self.list_offered(shown))
        check_confidence(form, answer, self.confidence)
        return form

    def passes_catch(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> bool:
        return answer["choice"] == self.find_right(key)

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """Right with the probability of the skill, else a guess."""
        is_known = truth.key and rng.random() < truth.skill
        choice = self.find_right(truth.key) if is_known else rng.choice(self.list_offered(shown))
        return {"choice": str(choice), **draw_confidence(rng, self.confidence)}
