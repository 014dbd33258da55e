"""Several versions of a recording on one scale from 0 to 100, beside a reference or not.

With an open and a hidden reference, both anchors and training it is MUSHRA (ITU-R BS.1534-3);
without any of these it is called a rating.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError
from evalsite.studies import mushra, reading
from evalsite.studies.anchors import ANCHORS, publish_anchor
from evalsite.studies.answers import check_object, check_ratings
from evalsite.studies.language import translated
from evalsite.studies.trial_types.base import (
    NO_TRUTH,
    REFERENCE,
    REFERENCE_LABEL,
    AnswerForm,
    Column,
    ItemPlan,
    Material,
    PracticeSounds,
    SignalPlan,
    TrialType,
    Truth,
)

MUSHRA, RATING = "mushra", "rating"
METHODS = (RATING, MUSHRA)
LOW, HIGH = 0, 100
N_BANDS = 5
MAX_SIGNALS = 12
EASY_LOW, EASY_HIGH = 20, 80
# What a skilled simulated listener gives, from and to. Other conditions lie in between.
HEARD_AS = {
    "muffled": (LOW, EASY_LOW),
    "piece": (EASY_HIGH, HIGH),
    ANCHORS[3500]: (10, 30),
    ANCHORS[7000]: (35, 60),
}
REFERENCE_HEARD_AS, ELSE_HEARD_AS = (95, HIGH), (50, 85)


@dataclass(frozen=True)
class MultiStimulus(TrialType):
    """Up to twelve versions of a recording on one scale, by sliders that start without a value."""

    method: str = field(
        default=RATING,
        metadata={
            "choices": METHODS,
            "help": "mushra: to the rules of ITU-R BS.1534-3. rating: without them.",
        },
    )
    prompt: str = field(
        default="", metadata={"help": "What is rated, one thing. Empty: how good each is."}
    )
    reference: str = field(
        default="",
        metadata={
            "help": "A condition that is played openly, and once more hidden among the others; "
            "empty: none."
        },
    )
    anchors: tuple[int, ...] = field(
        default=(),
        metadata={"help": "Of 3500 and 7000: the reference with nothing above so many Hz."},
    )
    bands: tuple[str, ...] = translated(
        "Bad",
        "Poor",
        "Fair",
        "Good",
        "Excellent",
        metadata={"help": "A word for each fifth of the scale, the lowest first."},
    )
    only_playing: bool = field(
        default=True, metadata={"help": "Only the sound that plays can be given a score."}
    )

    version: ClassVar[int] = 1
    template: ClassVar[str] = "responses/trials/multi_stimulus.html"
    script: ClassVar[str] = "js/sitting/score-board.js"
    player: ClassVar[Mapping[str, bool]] = {
        "has_loop": True,
        "is_wide": True,
        "has_own_buttons": True,
    }
    given_column: ClassVar[str] = "value"
    repeat_column: ClassVar[str] = "value"
    analysed_as: ClassVar[str] = "scores"

    @property
    def scale_width(self) -> float:
        return float(HIGH - LOW)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> MultiStimulus:
        readers = {
            "method": lambda value, where: reading.read_choice(value, where, choices=METHODS),
            "prompt": lambda value, where: reading.read_text(value, where, at_least=0),
            "reference": lambda value, where: reading.read_name(value, where) if value else "",
            "anchors": _read_anchors,
            "bands": _read_bands,
            "only_playing": reading.read_bool,
        }
        values = reading.read_fields(parameters, "parameters", readers)
        if values.get("method") == MUSHRA:
            values = {"reference": "original", "anchors": tuple(ANCHORS), **values}
        made = cls(**values)
        made._check()
        return made

    def _check(self) -> None:
        is_whole = self.reference and self.anchors == tuple(ANCHORS)
        if self.method == MUSHRA and not is_whole:
            raise EarwitnessError(
                "parameters.method can be mushra with a reference and the anchors 3500 and 7000 "
                f"only, got the reference {self.reference or 'none'} and the anchors "
                f"{', '.join(map(str, self.anchors)) or 'none'}: method: rating takes them."
            )
        if self.method == MUSHRA and not self.only_playing:
            raise EarwitnessError(
                "parameters.only_playing must be true with method: mushra, got false."
            )
        if self.anchors and not self.reference:
            raise EarwitnessError(
                "parameters.anchors can be made of a reference only, parameters.reference is empty."
            )

    def to_parameters(self) -> dict[str, object]:
        return {**asdict(self), "anchors": list(self.anchors), "bands": list(self.bands)}

    def public_parameters(self) -> dict[str, object]:
        """What is hidden among the sounds, and by which rules, is not for the listener."""
        hidden = ("method", "reference", "anchors")
        return {key: value for key, value in self.to_parameters().items() if key not in hidden}

    def check_conditions(self, conditions: Sequence[str]) -> None:
        if self.reference and self.reference not in conditions:
            raise EarwitnessError(
                f"parameters.reference must be one of the conditions {', '.join(conditions)}, "
                f"got {self.reference}."
            )
        n = len(conditions) + len(self.anchors)
        if not 2 <= n <= MAX_SIGNALS:
            raise EarwitnessError(
                f"conditions and anchors must be 2 to {MAX_SIGNALS} in all, got {n}."
            )

    def find_obstacles(
        self, *, n_recordings: int, n_training: int, min_heard: str | float
    ) -> list[str]:
        if self.method != MUSHRA:
            return []
        return mushra.list_obstacles(
            n_recordings=n_recordings, n_training=n_training, min_heard=min_heard
        )

    def prepare(self, materials: Sequence[Material]) -> list[Material]:
        if not self.reference:
            return list(materials)
        prepared = []
        for material in materials:
            clip = material.clips[self.reference]
            if self.method == MUSHRA:
                mushra.check_reference(clip)
            anchors = {ANCHORS[cutoff]: publish_anchor(clip, cutoff) for cutoff in self.anchors}
            prepared.append(replace(material, sounds={**material.sounds, **anchors}))
        return prepared

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        """One of each recording, with all its versions."""
        return [
            ItemPlan(
                (
                    *self._plan_open(material),
                    *(SignalPlan("version", one, clip=material.clips[one]) for one in conditions),
                    *(
                        SignalPlan("anchor", name, sound=material.sounds[name])
                        for name in (ANCHORS[cutoff] for cutoff in self.anchors)
                    ),
                ),
                "all",
                material,
            )
            for material in materials
        ]

    def _plan_open(self, material: Material) -> list[SignalPlan]:
        if not self.reference:
            return []
        return [SignalPlan(REFERENCE, self.reference, clip=material.clips[self.reference])]

    def plan_practice(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [self._plan_easy(sounds, "practice")]

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [self._plan_easy(sounds, "catch")]

    def _plan_easy(self, sounds: PracticeSounds, condition: str) -> ItemPlan:
        """How good the piece is has no right answer, so this asks for something else."""
        open_piece = SignalPlan(REFERENCE, "piece", sound=sounds.piece)
        piece = SignalPlan("version", "piece", sound=sounds.piece)
        muffled = SignalPlan("version", "muffled", sound=sounds.muffled)
        signals = (*([open_piece] if self.reference else []), piece, muffled)
        prompt = _(
            "One of these sounds muffled, as through a wall. Give it %(low)s or less, and the "
            "other %(high)s or more."
        ) % {"low": EASY_LOW, "high": EASY_HIGH}
        return ItemPlan(signals, condition, shown={"prompt": prompt}, key={"right": "muffled"})

    def columns(self) -> tuple[Column, ...]:
        words = ", ".join(self.bands)
        return (
            Column(
                "value",
                "whole number",
                f"The score, in fifths of the scale from the lowest: {words}",
                f"{LOW} to {HIGH}",
            ),
            Column(
                "is_hidden_reference",
                "true or false",
                "The sound was the reference, hidden among the others",
                "true, false",
            ),
            Column(
                "anchor_hz",
                "whole number",
                "The sound was the reference without what lies above so many Hz; empty: no anchor",
                ", ".join(map(str, self.anchors)) or "always empty",
            ),
        )

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["ratings"])
        check_ratings(form, answer, _list_rated(shown), low=LOW, high=HIGH, offer_cant_tell=False)
        return form

    def rows(
        self, answer: Mapping[str, Any], shown: Mapping[str, object], key: Mapping[str, Any]
    ) -> list[dict[str, object]]:
        cutoffs = {name: cutoff for cutoff, name in ANCHORS.items()}
        return [
            {
                "signal": label,
                "value": answer["ratings"][label],
                "is_hidden_reference": key["conditions"][label] == self.reference,
                "anchor_hz": cutoffs.get(key["conditions"][label]),
            }
            for label in _list_rated(shown)
        ]

    def passes_catch(
        self, answer: Mapping[str, Any], shown: Mapping[str, object], key: Mapping[str, Any]
    ) -> bool:
        return all(
            answer["ratings"][label] <= EASY_LOW
            if key["conditions"][label] == key["right"]
            else answer["ratings"][label] >= EASY_HIGH
            for label in _list_rated(shown)
        )

    def feedback(
        self, answer: Mapping[str, Any], shown: Mapping[str, object], key: Mapping[str, Any]
    ) -> dict[str, object] | None:
        """Of the piece which one was muffled; in training where the reference was hidden."""
        sought = key.get("right", self.reference)
        found = [one for one in _list_rated(shown) if key["conditions"][one] == sought]
        if not found:
            return None
        said = {"label": found[0], "score": answer["ratings"][found[0]]}
        if "right" in key:
            is_correct = self.passes_catch(answer, shown, key)
            message = _("The muffled one was %(label)s: you gave it %(score)s.") % said
            return {"is_correct": is_correct, "message": message}
        message = _("The reference itself was hidden as %(label)s: you gave it %(score)s.") % said
        return {"is_correct": None, "message": message}

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """Each score where it belongs with the probability of the skill, else anywhere."""
        conditions: Mapping[str, Any] = truth.key.get("conditions", {})  # type: ignore[assignment]
        ratings = {}
        for label in _list_rated(shown):
            low, high = LOW, HIGH
            if label in conditions and rng.random() < truth.skill:
                low, high = self._hear(conditions[label])
            ratings[label] = int(rng.integers(low, high + 1))
        return {"ratings": ratings}

    def _hear(self, condition: str) -> tuple[int, int]:
        if condition == self.reference:
            return REFERENCE_HEARD_AS
        return HEARD_AS.get(condition, ELSE_HEARD_AS)


def _list_rated(shown: Mapping[str, Any]) -> list[str]:
    """All but the open reference."""
    return [label for label in shown["labels"] if label != REFERENCE_LABEL]


def _read_anchors(value: object, where: str) -> tuple[int, ...]:
    entries = reading.read_list(value, where, at_most=len(ANCHORS))
    for i, entry in enumerate(entries):
        if type(entry) is not int or entry not in ANCHORS:
            raise EarwitnessError(
                f"{where}[{i}] must be one of {', '.join(map(str, ANCHORS))}, "
                f"got {ascii(entry)[:40]}."
            )
    return tuple(cutoff for cutoff in ANCHORS if cutoff in entries)


def _read_bands(value: object, where: str) -> tuple[str, ...]:
    entries = reading.read_list(value, where, at_least=N_BANDS, at_most=N_BANDS)
    words = tuple(
        reading.read_text(entry, f"{where}[{i}]", at_most=20) for i, entry in enumerate(entries)
    )
    for i, word in enumerate(words):
        # The page parts them by it.
        if "|" in word:
            raise EarwitnessError(f"{where}[{i}] must be without |, got {word!a}.")
    return words
