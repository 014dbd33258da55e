"""What is still in the signal: bipolar ratings of one clip, each or "can't tell"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from evalsite.studies import reading
from evalsite.studies.qualities import MID_LEVEL, Quality, read_qualities
from evalsite.studies.trial_types.base import (
    NO_TRUTH,
    AnswerForm,
    Column,
    ItemPlan,
    PracticeSounds,
    SignalPlan,
    TrialType,
    Truth,
    check_object,
    check_whole_number,
)

CANT_TELL = "cant_tell"
KEYS = ("qualities", "points", "offer_cant_tell", "confidence", "prompt")


@dataclass(frozen=True)
class Presence(TrialType):
    """Each quality is rated on a scale with labelled ends, or nobody can tell any more."""

    qualities: tuple[Quality, ...] = MID_LEVEL
    points: int = 7
    offer_cant_tell: bool = True
    # From least to most sure; empty: not asked.
    confidence: tuple[str, ...] = ("Guessing", "Unsure", "Fairly sure", "Certain")
    prompt: str = "How does it sound now?"

    version: ClassVar[int] = 2
    template: ClassVar[str] = "responses/trials/presence.html"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Presence:
        given = dict(reading.read_mapping(parameters, "parameters", keys=KEYS))
        values: dict[str, object] = {}
        if "qualities" in given:
            values["qualities"] = read_qualities(given["qualities"], "parameters.qualities")
        if "points" in given:
            values["points"] = reading.read_whole_number(
                given["points"], "parameters.points", low=2, high=9
            )
        if "confidence" in given:
            values["confidence"] = reading.read_steps(given["confidence"], "parameters.confidence")
        if "offer_cant_tell" in given:
            values["offer_cant_tell"] = reading.read_bool(
                given["offer_cant_tell"], "parameters.offer_cant_tell"
            )
        if "prompt" in given:
            values["prompt"] = reading.read_text(given["prompt"], "parameters.prompt")
        return cls(**values)  # type: ignore[arg-type]

    def to_parameters(self) -> dict[str, object]:
        return {
            **asdict(self),
            "qualities": [quality.to_plain() for quality in self.qualities],
            "confidence": list(self.confidence),
        }

    def columns(self) -> tuple[Column, ...]:
        names = ", ".join(quality.name for quality in self.qualities)
        ends = "; ".join(f"{q.name}: 1 {q.low}, {self.points} {q.high}" for q in self.qualities)
        columns = [
            Column("quality", "text", "What was rated", names),
            Column(
                "value",
                "whole number",
                f"The rating on a bipolar scale ({ends}); empty when nobody could tell",
                f"1 to {self.points}",
            ),
            Column(
                "cant_tell",
                "true or false",
                "The listener said that this can no longer be told",
                "true, false",
            ),
        ]
        if self.confidence:
            steps = ", ".join(f"{i} {step}" for i, step in enumerate(self.confidence, start=1))
            columns.append(
                Column(
                    "confidence",
                    "whole number",
                    f"How sure the listener was of all ratings of this clip ({steps})",
                    f"1 to {len(self.confidence)}",
                )
            )
        return tuple(columns)

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        """One that asks for a certain step in every row."""
        step = int(rng.integers(1, self.points + 1))
        prompt = f"To show that you are reading, choose {step} in every row."
        signal = SignalPlan("clip", "catch", sound=sounds.piece)
        return [ItemPlan((signal,), "catch", shown={"prompt": prompt}, key={"value": step})]

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["ratings", *(["confidence"] if self.confidence else [])])
        if isinstance(answer, dict):
            self._check_ratings(answer.get("ratings"), form)
            if self.confidence:
                check_whole_number(form, answer, "confidence", low=1, high=len(self.confidence))
        return form

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        ratings: Mapping[str, object] = answer["ratings"]  # type: ignore[assignment]
        rows = []
        for quality in self.qualities:
            rating = ratings[quality.name]
            row: dict[str, object] = {
                "quality": quality.name,
                "value": None if rating == CANT_TELL else rating,
                "cant_tell": rating == CANT_TELL,
            }
            if self.confidence:
                row["confidence"] = answer["confidence"]
            rows.append(row)
        return rows

    def passes_catch(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> bool:
        return set(answer["ratings"].values()) == {key["value"]}  # type: ignore[attr-defined]

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """Ratings about one centre a clip, one in ten "can't tell"."""
        centre = rng.uniform(2, self.points - 1)
        is_right = "value" in truth.key and rng.random() < truth.skill
        ratings: dict[str, object] = {}
        for quality in self.qualities:
            if is_right:
                ratings[quality.name] = truth.key["value"]
            elif self.offer_cant_tell and rng.random() < 0.1:
                ratings[quality.name] = CANT_TELL
            else:
                ratings[quality.name] = int(np.clip(round(rng.normal(centre, 1.2)), 1, self.points))
        answer: dict[str, object] = {"ratings": ratings}
        if self.confidence:
            answer["confidence"] = int(rng.integers(1, len(self.confidence) + 1))
        return answer

    def _check_ratings(self, ratings: object, form: AnswerForm) -> None:
        if not isinstance(ratings, dict):
            form.errors["ratings"] = "ratings must be an object with one entry a quality."
            return
        names = [quality.name for quality in self.qualities]
        for name in ratings:
            if name not in names:
                form.errors["ratings"] = (
                    f"ratings may hold {', '.join(names)}, got {ascii(name)[:40]}."
                )
        choice = f" or {CANT_TELL!r}" if self.offer_cant_tell else ""
        cleaned = {}
        for name in names:
            rating = ratings.get(name)
            is_step = type(rating) is int and 1 <= rating <= self.points
            if is_step or (self.offer_cant_tell and rating == CANT_TELL):
                cleaned[name] = rating
            else:
                form.errors[f"ratings.{name}"] = (
                    f"ratings.{name} must be a whole number from 1 to {self.points}{choice}, "
                    f"got {ascii(rating)[:40]}."
                )
        form.cleaned["ratings"] = cleaned
