"""What is still in the signal: open words, then bipolar ratings of one clip or "can't tell"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.studies import reading
from evalsite.studies.answers import (
    CANT_TELL,
    check_confidence,
    check_object,
    check_ratings,
    check_words,
    confidence_column,
    draw_confidence,
)
from evalsite.studies.language import translated
from evalsite.studies.qualities import MID_LEVEL, Quality, read_qualities, say_qualities
from evalsite.studies.trial_types.base import (
    NO_TRUTH,
    AnswerForm,
    Column,
    ItemPlan,
    Material,
    PracticeSounds,
    SignalPlan,
    TrialType,
    Truth,
    plan_one_clip,
)

KEYS = ("qualities", "points", "offer_cant_tell", "confidence", "prompt", "open_words")
MOST_CHARACTERS = 1000
WORDS = ("a tune", "a beat", "noise", "something sad", "nothing I could name")


@dataclass(frozen=True)
class Presence(TrialType):
    """Each quality is rated on a scale with labelled ends, or nobody can tell any more.

    The quality that a clip was made for stands among others, its foils: rows tell them apart.
    """

    qualities: tuple[Quality, ...] = field(default_factory=lambda: say_qualities(MID_LEVEL))
    points: int = 7
    offer_cant_tell: bool = True
    confidence: tuple[str, ...] = translated(
        "Guessing",
        "Unsure",
        "Fairly sure",
        "Certain",
        metadata={"help": "From least to most sure; empty: not asked."},
    )
    prompt: str = translated("How does it sound now?")
    open_words: str = field(
        default="",
        metadata={
            "help": "Asked first, to be answered in one's own words before the qualities show; "
            "empty: not asked."
        },
    )

    version: ClassVar[int] = 3
    template: ClassVar[str] = "responses/trials/presence.html"
    given_column: ClassVar[str] = "value"
    repeat_column: ClassVar[str] = "value"
    analysed_as: ClassVar[str] = "ratings"

    @property
    def scale_width(self) -> float:
        return float(self.points - 1)

    @property
    def script(self) -> str:  # type: ignore[override]
        return "js/sitting/words-first.js" if self.open_words else ""

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
        if "open_words" in given:
            values["open_words"] = reading.read_text(
                given["open_words"], "parameters.open_words", at_least=0
            )
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
            Column(
                "is_target",
                "true or false",
                "The quality is the one the clip was made for, not a foil; empty: not known",
                "true, false",
            ),
        ]
        if self.confidence:
            columns.append(confidence_column(self.confidence, " of all ratings of this clip"))
        if self.open_words:
            columns.append(
                Column(
                    "words",
                    "free text",
                    "What the listener wrote before rating (Unicode, NFC), once in each row",
                    "any text",
                )
            )
        return tuple(columns)

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        return [
            replace(plan_one_clip(material, condition), key={"target": material.target})
            for material in materials
            for condition in conditions
        ]

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        """One that asks for a certain step in every row."""
        step = int(rng.integers(1, self.points + 1))
        prompt = _("To show that you are reading, choose %(step)s in every row.") % {"step": step}
        signal = SignalPlan("clip", "catch", sound=sounds.piece)
        return [ItemPlan((signal,), "catch", shown={"prompt": prompt}, key={"value": step})]

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        asked = {"words": self.open_words, "ratings": True, "confidence": self.confidence}
        form = check_object(answer, [name for name in asked if asked[name]])
        if isinstance(answer, dict):
            if self.open_words:
                form.cleaned["words"] = check_words(
                    form, answer.get("words", ""), "words", low=1, high=MOST_CHARACTERS
                )
            check_ratings(
                form,
                answer,
                [quality.name for quality in self.qualities],
                low=1,
                high=self.points,
                offer_cant_tell=self.offer_cant_tell,
            )
            check_confidence(form, answer, self.confidence)
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
                "is_target": quality.name == key["target"] if "target" in key else None,
            }
            if self.confidence:
                row["confidence"] = answer["confidence"]
            if self.open_words:
                row["words"] = answer["words"]
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
        words = {"words": str(rng.choice(WORDS))} if self.open_words else {}
        return {**words, "ratings": ratings, **draw_confidence(rng, self.confidence)}
