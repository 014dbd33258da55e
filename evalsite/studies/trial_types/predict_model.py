"""Foretell the model's output: for a recording (forward), or for a change of it (counterfactual).

Doshi-Velez & Kim (2017), "Towards a rigorous science of interpretable machine learning", section 3;
Hase & Bansal (2020), "Evaluating explainable AI: which algorithmic explanations help users predict
model behavior?".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.choices import Choice, find_choices, make_choice, read_choices
from evalsite.studies.choosing import Choosing
from evalsite.studies.design import derive_seed, order_trials
from evalsite.studies.outputs import (
    DOWN,
    SAME,
    UP,
    choose_evenly,
    name_change,
    name_foremost,
    name_levels,
    read_clip_output,
    read_output,
)
from evalsite.studies.trial_types.base import (
    REFERENCE,
    REFERENCE_LABEL,
    Arrangement,
    Column,
    ItemPlan,
    ItemView,
    Material,
    PracticeSounds,
    SignalPlan,
)

FORWARD, COUNTERFACTUAL = "forward", "counterfactual"
LEVEL, WHICH = "level", "which"
ALWAYS, LEARNING, NEVER = "always", "learning", "never"
TEST = "test"
EXPLANATION, CHANGED = "explanation", "changed"
LABELS = {REFERENCE: REFERENCE_LABEL, EXPLANATION: "E", CHANGED: "A"}


@dataclass(frozen=True)
class PredictModel(Choosing):
    """What will the model say? Learned on some recordings, tested on others."""

    mode: str = field(
        default=FORWARD,
        metadata={
            "choices": (FORWARD, COUNTERFACTUAL),
            "help": "forward: the output for a recording. counterfactual: whether it goes up or "
            "down when the recording is changed as the conditions say.",
        },
    )
    ask: str = field(
        default=LEVEL,
        metadata={
            "choices": (LEVEL, WHICH),
            "help": "With forward. level: how high the output is among all recordings. which: "
            "which output stands out.",
        },
    )
    levels: tuple[Choice, ...] = field(
        default_factory=lambda: (Choice("low", _("Low")), Choice("high", _("High"))),
        metadata={"help": "With level: from low to high; recordings are cut into equal parts."},
    )
    choices: tuple[Choice, ...] = field(
        default=(), metadata={"help": "With which; empty: the targets of the sources."}
    )
    explain: str = field(
        default=ALWAYS,
        metadata={
            "choices": (ALWAYS, LEARNING, NEVER),
            "help": "When the explanation is heard beside the recording.",
        },
    )
    same_within: float = field(
        default=0.0,
        metadata={
            "help": "With counterfactual: a change of this or less is “about the same”; 0: no "
            "such answer."
        },
    )
    prompt: str = field(default="", metadata={"help": "Empty: the page's own words."})
    confidence: tuple[str, ...] = field(
        default=(), metadata={"help": "From least to most sure; empty: not asked."}
    )

    version: ClassVar[int] = 1
    template: ClassVar[str] = "responses/trials/predict_model.html"
    given_column: ClassVar[str] = "choice"
    repeat_column: ClassVar[str] = "choice"
    analysed_as: ClassVar[str] = "choices"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> PredictModel:
        readers = {
            "mode": _choice(FORWARD, COUNTERFACTUAL),
            "ask": _choice(LEVEL, WHICH),
            "levels": read_choices,
            "choices": read_choices,
            "explain": _choice(ALWAYS, LEARNING, NEVER),
            "same_within": lambda value, where: reading.read_number(value, where, low=0, high=1000),
            "prompt": lambda value, where: reading.read_text(value, where, at_least=0),
            "confidence": reading.read_steps,
        }
        made = cls(**reading.read_fields(parameters, "parameters", readers))
        if not 2 <= len(made.levels) <= 5:
            raise EarwitnessError(
                f"parameters.levels must hold 2 to 5 entries, got {len(made.levels)}."
            )
        return made

    def to_parameters(self) -> dict[str, object]:
        return {
            **asdict(self),
            "levels": [choice.to_plain() for choice in self.levels],
            "choices": [choice.to_plain() for choice in self.choices],
            "confidence": list(self.confidence),
        }

    @property
    def _is_forward(self) -> bool:
        return self.mode == FORWARD

    def check_conditions(self, conditions: Sequence[str]) -> None:
        """Forward, conditions are explanations; counterfactual, they are changes."""
        if not self._is_forward:
            if "original" in conditions:
                raise EarwitnessError(
                    "conditions must be without original in a counterfactual: it changes nothing."
                )
        elif self.explain == NEVER and tuple(conditions) != ("original",):
            raise EarwitnessError(
                "conditions must be original alone where nothing is explained, got "
                f"{', '.join(conditions)}."
            )
        elif self.explain == LEARNING and len(conditions) > 1:
            raise EarwitnessError(
                "conditions must be one where only learning is explained, since the test then "
                f"sounds alike in all, got {', '.join(conditions)}: use a block for each."
            )

    def prepare(self, materials: Sequence[Material]) -> list[Material]:
        """Note the known answers: levels are cut over all sources, learning and test alike."""
        if not self._is_forward:
            return list(materials)
        if self.ask == WHICH:
            names = name_foremost(materials, list(self._find_choices(materials)))
        else:
            names = name_levels(materials, [level.name for level in self.levels])
        return [
            replace(one, facts={**one.facts, "sought": name, "choices": self._offer(materials)})
            for one, name in zip(materials, names, strict=True)
        ]

    def _find_choices(self, materials: Sequence[Material]) -> Mapping[str, Choice]:
        return find_choices(self.choices, list(dict.fromkeys(one.target for one in materials)))

    def _offer(self, materials: Sequence[Material]) -> list[dict[str, str]]:
        if not self._is_forward:
            same = [SAME] if self.same_within else []
            return [{"name": name, "label": name} for name in (DOWN, *same, UP)]
        chosen = self._find_choices(materials).values() if self.ask == WHICH else self.levels
        return [choice.to_plain() for choice in chosen]

    def choose_training(
        self, materials: Sequence[Material], n: int, *, seed: int, block: str
    ) -> list[int]:
        """Of each answer as many as can be; the same in every such block of the study."""
        order = order_trials(len(materials), derive_seed(seed, "learning"))
        classes = [str(one.facts.get("sought", "")) for one in materials]
        return choose_evenly(classes, n, order)

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        if self._is_forward and any("sought" not in one.facts for one in materials):
            materials = self.prepare(materials)
        plan = self._plan_forward if self._is_forward else self._plan_change
        plans = (plan(material, condition) for material in materials for condition in conditions)
        return [plan for plan in plans if plan is not None]

    def _plan_forward(self, material: Material, condition: str) -> ItemPlan:
        signals = [SignalPlan(REFERENCE, "original", clip=material.clips["original"])]
        if self._is_explained(material):
            clip = material.clips[condition]
            signals.append(SignalPlan(EXPLANATION, condition, clip=clip))
        key = {"sought": material.facts["sought"], "output": read_output(material)}
        return _make_plan(signals, condition, material, material.facts["choices"], key)

    def _plan_change(self, material: Material, condition: str) -> ItemPlan | None:
        """None where the output does not change, so that there is nothing to foretell."""
        before = read_output(material)
        after = read_clip_output(material.clips[condition], material.target)
        if after is None:
            raise EarwitnessError(
                f"The clip {condition} of “{material.explanation.recording}” must have an output "
                f"for {material.target}, it has none."
            )
        sought = name_change(before, after, same_within=self.same_within)
        if sought is None:
            return None
        signals = [
            SignalPlan(REFERENCE, "original", clip=material.clips["original"]),
            SignalPlan(CHANGED, condition, clip=material.clips[condition]),
        ]
        if self._is_explained(material):
            signals.append(SignalPlan(EXPLANATION, "kept", clip=material.clips["kept"]))
        key = {"sought": sought, "output": before, "output_changed": after}
        return _make_plan(signals, condition, material, self._offer([material]), key)

    def _is_explained(self, material: Material) -> bool:
        return self.explain == ALWAYS or (self.explain == LEARNING and material.is_training)

    def plan_easy(self, sounds: PracticeSounds, condition: str) -> ItemPlan:
        """A model that measures what everybody hears: how bright it is. The answer is known."""
        bright = Choice("brightness", _("Brightness")).to_plain()
        dull = Choice("dullness", _("Muffled, as through a wall")).to_plain()
        muffled = sounds.muffled
        if self._is_forward:
            heard = [SignalPlan(REFERENCE, "muffled", sound=muffled)]
            note = _("Here the model measures how bright the sound is, and this one is muffled.")
            is_which = self.ask == WHICH
            offered = [bright, dull] if is_which else [one.to_plain() for one in self.levels]
            sought = offered[1 if is_which else 0]["name"]
        else:
            heard = [
                SignalPlan(REFERENCE, "piece", sound=sounds.piece),
                SignalPlan(CHANGED, "muffled", sound=muffled),
            ]
            note = _("Here the model measures how bright the sound is, and A is muffled.")
            offered, sought = self._offer([]), DOWN
        if self.explain != NEVER:
            heard.append(SignalPlan(EXPLANATION, "explanation", sound=muffled))
        shown = {"choices": offered, "asked": bright, "note": note}
        return ItemPlan(tuple(heard), condition, shown=shown, key={"sought": sought, "phase": TEST})

    def arrange(self, item: ItemView, rng: np.random.Generator) -> Arrangement:
        """Always in one order: the recording, its change, the explanation."""
        return Arrangement(
            tuple(range(len(item.roles))), tuple(LABELS[role] for role in item.roles)
        )

    def columns(self) -> tuple[Column, ...]:
        offered = {FORWARD: "the block's levels or targets", COUNTERFACTUAL: "up, down, same"}
        return (
            Column("mode", "text", "What was foretold", f"{FORWARD}, {COUNTERFACTUAL}"),
            Column("phase", "text", "Learning answers do not count", f"{LEARNING}, {TEST}"),
            Column("asked", "text", "The model's output that was asked about", "a target"),
            Column("explained", "true or false", "An explanation was heard", "true, false"),
            Column("choice", "text", "What the listener foretold", offered[self.mode]),
            Column("truth", "text", "What the model says", offered[self.mode]),
            Column("output", "number", "The model's output on the recording; empty: catch", "any"),
            Column("output_changed", "number", "The same on the changed clip; empty: none", "any"),
            *self.score_columns("The two are the same"),
        )

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, Any], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        row = {
            "mode": self.mode,
            "phase": key["phase"],
            "asked": shown["asked"]["name"],
            "explained": LABELS[EXPLANATION] in shown["labels"],
            "choice": answer["choice"],
            "truth": key["sought"],
            "output": key.get("output"),
            "output_changed": key.get("output_changed"),
            **self.score(answer, shown, key),
        }
        return [row]

    def feedback(
        self, answer: Mapping[str, object], shown: Mapping[str, Any], key: Mapping[str, Any]
    ) -> dict[str, object]:
        """What the model says: told of learning items and in practice only."""
        is_correct = self.passes_catch(answer, shown, key)
        if not self._is_forward:
            said = {
                UP: _("The model’s output goes up."),
                DOWN: _("The model’s output goes down."),
                SAME: _("The model’s output stays about the same."),
            }[key["sought"]]
            figures = [key.get("output"), key.get("output_changed")]
        else:
            label = next(c["label"] for c in shown["choices"] if c["name"] == key["sought"])
            said = _("The model says: %(answer)s.") % {"answer": label}
            figures = [key.get("output")] if self.ask == LEVEL else []
        known = " → ".join(f"{figure:.2f}" for figure in figures if figure is not None)
        return {"is_correct": is_correct, "message": f"{said} ({known})" if known else said}


def _make_plan(
    signals: Sequence[SignalPlan],
    condition: str,
    material: Material,
    choices: object,
    key: Mapping[str, object],
) -> ItemPlan:
    phase = LEARNING if material.is_training else TEST
    shown = {"choices": choices, "asked": make_choice(material.target).to_plain()}
    key = {**key, "phase": phase}
    return ItemPlan(tuple(signals), condition, material, shown=shown, key=key)


def _choice(*choices: str):
    return lambda value, where: reading.read_choice(value, where, choices=choices)
