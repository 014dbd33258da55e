"""Paired comparison: A or B, by preference or by more of a quality, beside a reference or not.

Rows fit a Bradley-Terry scale with ties (Davidson 1970) and position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.answers import check_choice, check_object
from evalsite.studies.pairing import check_pairs, plan_easy_pair, plan_pairs
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

TIE = "tie"
OUTCOMES = {"A": 1.0, "B": 0.0, TIE: 0.5}


@dataclass(frozen=True)
class Pair(TrialType):
    """Two versions of a recording. Which one is preferred, or has more of something?"""

    prompt: str = field(
        default="", metadata={"help": "Empty: the page's own words for a preference."}
    )
    reference: str = field(
        default="",
        metadata={"help": "A condition that is played beside both, openly; empty: none."},
    )
    offer_tie: bool = False
    strength: tuple[str, ...] = field(
        default=(), metadata={"help": "By how much, from least to most; empty: not asked."}
    )
    degree: int = field(default=0, metadata={"help": "Pairs of each condition; 0: every pair."})

    version: ClassVar[int] = 1
    template: ClassVar[str] = "responses/trials/pair.html"
    analysed_as: ClassVar[str] = "pairs"
    player: ClassVar[Mapping[str, bool]] = {"has_loop": True}
    given_column: ClassVar[str] = "choice"
    repeat_column: ClassVar[str] = "preferred"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Pair:
        readers = {
            "prompt": lambda value, where: reading.read_text(value, where, at_least=0),
            "reference": lambda value, where: reading.read_name(value, where) if value else "",
            "offer_tie": reading.read_bool,
            "strength": reading.read_steps,
            "degree": lambda value, where: reading.read_whole_number(value, where, low=0, high=20),
        }
        return cls(**reading.read_fields(parameters, "parameters", readers))

    def to_parameters(self) -> dict[str, object]:
        return {**asdict(self), "strength": list(self.strength)}

    def public_parameters(self) -> dict[str, object]:
        """The reference is a condition's name; that there is one, the page shows."""
        return {key: value for key, value in self.to_parameters().items() if key != "reference"}

    def check_conditions(self, conditions: Sequence[str]) -> None:
        if self.reference and self.reference not in conditions:
            raise EarwitnessError(
                f"parameters.reference must be one of the conditions {', '.join(conditions)}, "
                f"got {self.reference}."
            )
        check_pairs([one for one in conditions if one != self.reference], self.degree)

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        return plan_pairs(materials, conditions, self.degree, reference=self.reference)

    def plan_practice(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [self._plan_easy(sounds, "practice")]

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        return [self._plan_easy(sounds, "catch")]

    def _plan_easy(self, sounds: PracticeSounds, condition: str) -> ItemPlan:
        """A preference has no right answer, so this asks for something else."""
        plan = plan_easy_pair(sounds, condition)
        reference = (SignalPlan(REFERENCE, "piece", sound=sounds.piece),) if self.reference else ()
        shown = {"prompt": _("Which one sounds muffled, as through a wall?")}
        return replace(
            plan, signals=(*reference, *plan.signals), shown=shown, key={"right": "muffled"}
        )

    def columns(self) -> tuple[Column, ...]:
        choices = ["A", "B", *([TIE] if self.offer_tie else [])]
        columns = [
            Column("choice", "text", "Which was chosen, by its label", ", ".join(choices)),
            Column("condition_a", "text", "What was done to the sound called A", "a condition"),
            Column("condition_b", "text", "What was done to the sound called B", "a condition"),
            Column(
                "preferred", "text", "The chosen sound's condition; empty: a tie", "a condition"
            ),
            Column("is_tie", "true or false", "Neither was chosen", "true, false"),
            Column("outcome", "number", "1: A was chosen, 0: B, 0.5: a tie", "0, 0.5, 1"),
        ]
        if self.strength:
            steps = ", ".join(f"{i} {step}" for i, step in enumerate(self.strength, start=1))
            steps_range = f"1 to {len(self.strength)}"
            columns.append(
                Column(
                    "strength", "whole number", f"By how much ({steps}); empty: a tie", steps_range
                )
            )
        return tuple(columns)

    def _list_answers(self) -> list[str]:
        """A and B; with strengths A2, A1, B1, B2: from A by much to B by much. Or a tie between."""
        steps = range(1, len(self.strength) + 1)
        a = [f"A{step}" for step in reversed(steps)] or ["A"]
        b = [f"B{step}" for step in steps] or ["B"]
        return [*a, *([TIE] if self.offer_tie else []), *b]

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["choice"])
        check_choice(form, answer, "choice", self._list_answers())
        return form

    def rows(
        self, answer: Mapping[str, Any], shown: Mapping[str, object], key: Mapping[str, Any]
    ) -> list[dict[str, object]]:
        side = _find_side(answer)
        row = {
            "choice": side,
            "condition_a": key["conditions"]["A"],
            "condition_b": key["conditions"]["B"],
            "preferred": key["conditions"].get(side, ""),
            "is_tie": side == TIE,
            "outcome": OUTCOMES[side],
        }
        strength = None if side == TIE else int(answer["choice"][1:] or 0)
        return [{**row, "strength": strength} if self.strength else row]

    def passes_catch(
        self, answer: Mapping[str, Any], shown: Mapping[str, object], key: Mapping[str, Any]
    ) -> bool:
        return key["conditions"].get(_find_side(answer)) == key["right"]

    def feedback(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, Any]
    ) -> dict[str, object] | None:
        """Only the piece has a right answer."""
        if "right" not in key:
            return None
        is_correct = self.passes_catch(answer, shown, key)
        message = _("The muffled one was %(label)s.") % {"label": _find_right(key)}
        return {"is_correct": is_correct, "message": message}

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """Right with the probability of the skill where anything is right, else any choice."""
        is_heard = "right" in truth.key and rng.random() < truth.skill
        answers = self._list_answers()
        if is_heard:
            right = _find_right(truth.key)
            answers = [one for one in answers if one.startswith(right)]
        return {"choice": str(rng.choice(answers))}


def _find_side(answer: Mapping[str, Any]) -> str:
    """A, B or a tie, without how much."""
    return TIE if answer["choice"] == TIE else answer["choice"][0]


def _find_right(key: Mapping[str, Any]) -> str:
    return next(
        label
        for label, condition in key["conditions"].items()
        if condition == key["right"] and label != REFERENCE_LABEL
    )
