"""Ratings of one clip on labelled scales: steps (Likert, semantic differential) or sliders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.answers import CANT_TELL, check_object, check_ratings
from evalsite.studies.language import translated
from evalsite.studies.qualities import (
    MID_LEVEL,
    Quality,
    explain_qualities,
    read_qualities,
    say_qualities,
)
from evalsite.studies.trial_types.base import (
    NO_TRUTH,
    AnswerForm,
    Column,
    ItemPlan,
    PracticeSounds,
    SignalPlan,
    TrialType,
    Truth,
)

SCALES = ("steps", "slider")
KEYS = ("qualities", "scale", "points", "point_labels", "offer_cant_tell", "prompt")
SLIDER_LOW, SLIDER_HIGH = 0, 100


@dataclass(frozen=True)
class Rating(TrialType):
    """How much of each quality? Steps with labelled ends or labelled steps, or sliders."""

    qualities: tuple[Quality, ...] = field(
        default_factory=lambda: explain_qualities(say_qualities(MID_LEVEL))
    )
    scale: str = field(default="steps", metadata={"choices": SCALES})
    points: int = 7
    point_labels: tuple[str, ...] = field(
        default=(),
        metadata={"help": "A word for each step, or none: then only the ends are labelled."},
    )
    offer_cant_tell: bool = False
    prompt: str = translated("How does it sound?")

    version: ClassVar[int] = 1
    template: ClassVar[str] = "responses/trials/rating.html"
    script: ClassVar[str] = "js/sitting/unset-slider.js"
    given_column: ClassVar[str] = "value"
    repeat_column: ClassVar[str] = "value"
    analysed_as: ClassVar[str] = "ratings"

    @property
    def scale_width(self) -> float:
        return float(self.high - self.low)

    @property
    def low(self) -> int:
        return 1 if self.scale == "steps" else SLIDER_LOW

    @property
    def high(self) -> int:
        return self.points if self.scale == "steps" else SLIDER_HIGH

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Rating:
        given = reading.read_mapping(parameters, "parameters", keys=KEYS)
        readers = {
            "qualities": _read_explained,
            "scale": lambda value, where: reading.read_choice(value, where, choices=SCALES),
            "points": lambda value, where: reading.read_whole_number(value, where, low=2, high=9),
            "point_labels": _read_labels,
            "offer_cant_tell": reading.read_bool,
            "prompt": reading.read_text,
        }
        values = {
            key: read(given[key], f"parameters.{key}")
            for key, read in readers.items()
            if key in given
        }
        made = cls(**values)  # type: ignore[arg-type]
        if made.point_labels and len(made.point_labels) != made.points:
            raise EarwitnessError(
                f"parameters.point_labels must hold a label for each of {made.points} steps or "
                f"none, got {len(made.point_labels)}."
            )
        if made.point_labels and made.scale == "slider":
            raise EarwitnessError("parameters.point_labels are for steps, a slider has none.")
        return made

    def to_parameters(self) -> dict[str, object]:
        return {
            **asdict(self),
            "qualities": [quality.to_plain() for quality in self.qualities],
            "point_labels": list(self.point_labels),
        }

    def columns(self) -> tuple[Column, ...]:
        names = ", ".join(quality.name for quality in self.qualities)
        ends = "; ".join(
            f"{q.name}: {self.low} {q.low}, {self.high} {q.high}" for q in self.qualities
        )
        steps = ", ".join(f"{i} {label}" for i, label in enumerate(self.point_labels, start=1))
        columns = [
            Column("quality", "text", "What was rated", names),
            Column(
                "value",
                "whole number",
                f"The rating ({steps or ends})"
                + ("; empty when nobody could tell" if self.offer_cant_tell else ""),
                f"{self.low} to {self.high}",
            ),
        ]
        if self.offer_cant_tell:
            columns.append(
                Column(
                    "cant_tell",
                    "true or false",
                    "The listener said that this cannot be told",
                    "true, false",
                )
            )
        return tuple(columns)

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        """One that asks for the highest value in every row."""
        prompt = _("To show that you are reading, choose %(step)s in every row.") % {
            "step": self.high
        }
        signal = SignalPlan("clip", "catch", sound=sounds.piece)
        return [ItemPlan((signal,), "catch", shown={"prompt": prompt}, key={"value": self.high})]

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["ratings"])
        names = [quality.name for quality in self.qualities]
        check_ratings(
            form,
            answer,
            names,
            low=self.low,
            high=self.high,
            offer_cant_tell=self.offer_cant_tell,
        )
        return form

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        ratings: Mapping[str, object] = answer["ratings"]  # type: ignore[assignment]
        rows = []
        for quality in self.qualities:
            value = ratings[quality.name]
            is_told = value != CANT_TELL
            row: dict[str, object] = {"quality": quality.name, "value": value if is_told else None}
            if self.offer_cant_tell:
                row["cant_tell"] = not is_told
            rows.append(row)
        return rows

    def passes_catch(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> bool:
        """A slider is hard to set to the very end: five of a hundred are let pass."""
        slack = 5 if self.scale == "slider" else 0
        values = answer["ratings"].values()  # type: ignore[attr-defined]
        return all(type(value) is int and value >= key["value"] - slack for value in values)

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """Ratings about one centre a clip; a catch trial is passed with the skill's probability."""
        width = self.high - self.low
        is_right = "value" in truth.key and rng.random() < truth.skill
        centre = rng.uniform(self.low + 0.15 * width, self.high - 0.15 * width)
        drawn = np.clip(np.rint(rng.normal(centre, 0.2 * width, len(self.qualities))), 0, None)
        ratings: dict[str, object] = {}
        for quality, value in zip(self.qualities, drawn, strict=True):
            if is_right:
                ratings[quality.name] = truth.key["value"]
            elif self.offer_cant_tell and rng.random() < 0.05:
                ratings[quality.name] = CANT_TELL
            else:
                ratings[quality.name] = int(min(max(value, self.low), self.high))
        return {"ratings": ratings}


def _read_explained(value: object, where: str) -> tuple[Quality, ...]:
    return explain_qualities(read_qualities(value, where))


def _read_labels(value: object, where: str) -> tuple[str, ...]:
    entries = reading.read_list(value, where, at_most=9)
    return tuple(
        reading.read_text(entry, f"{where}[{i}]", at_most=40) for i, entry in enumerate(entries)
    )
