"""Forced choice among k: which target was this clip made for; or which clip for this target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.choices import Choice, describe_wanted, find_choices, read_choices
from evalsite.studies.choosing import Choosing
from evalsite.studies.design import derive_seed
from evalsite.studies.grouping import (
    ClipGroup,
    check_lengths,
    group_conditions,
    group_recordings,
    group_targets,
)
from evalsite.studies.trial_types.base import (
    Arrangement,
    Column,
    ItemPlan,
    ItemView,
    Material,
    PracticeSounds,
    SignalPlan,
)

ASK_TARGET, ASK_CLIP = "target", "clip"
AMONG = ("targets", "recordings", "conditions")
ORDERS = ("listener", "fixed")


@dataclass(frozen=True)
class Identify(Choosing):
    """One clip and k targets, or k clips and one target. Guessing is right in 1 of k."""

    ask: str = field(default=ASK_TARGET, metadata={"choices": (ASK_TARGET, ASK_CLIP)})
    among: str = field(
        default="targets",
        metadata={"choices": AMONG, "help": "With clip: what the clips of a trial differ in."},
    )
    n_clips: int = field(
        default=0,
        metadata={
            "help": "With clip among targets or recordings; 0: as many as there are targets."
        },
    )
    sought: str = field(
        default="kept", metadata={"help": "With clip among conditions: the right one."}
    )
    choices: tuple[Choice, ...] = field(
        default=(), metadata={"help": "Empty: the targets of the sources."}
    )
    order: str = field(
        default="listener",
        metadata={
            "choices": ORDERS,
            "help": "Of the choices: drawn for each listener, or as they are given.",
        },
    )
    prompt: str = field(default="", metadata={"help": "Empty: the page's own words."})
    confidence: tuple[str, ...] = field(
        default=(), metadata={"help": "From least to most sure; empty: not asked."}
    )

    version: ClassVar[int] = 1
    template: ClassVar[str] = "responses/trials/identify.html"
    given_column: ClassVar[str] = "place"
    repeat_column: ClassVar[str] = "choice"
    analysed_as: ClassVar[str] = "choices"

    @property
    def player(self) -> Mapping[str, bool]:  # type: ignore[override]
        """Clips of different recordings do not go in step."""
        return {"is_apart": self.ask == ASK_CLIP and self.among == "recordings"}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Identify:
        readers = {
            "ask": lambda value, where: reading.read_choice(
                value, where, choices=(ASK_TARGET, ASK_CLIP)
            ),
            "among": lambda value, where: reading.read_choice(value, where, choices=AMONG),
            "n_clips": lambda value, where: reading.read_whole_number(value, where, low=0, high=12),
            "sought": reading.read_name,
            "choices": read_choices,
            "order": lambda value, where: reading.read_choice(value, where, choices=ORDERS),
            "prompt": lambda value, where: reading.read_text(value, where, at_least=0),
            "confidence": reading.read_steps,
        }
        values = reading.read_fields(parameters, "parameters", readers)
        if values.get("n_clips") == 1:
            raise EarwitnessError("parameters.n_clips must be 0 or from 2 to 12, got 1.")
        return cls(**values)

    def to_parameters(self) -> dict[str, object]:
        return {
            **asdict(self),
            "choices": [choice.to_plain() for choice in self.choices],
            "confidence": list(self.confidence),
        }

    def public_parameters(self) -> dict[str, object]:
        """`sought` is the answer's key."""
        return {key: value for key, value in self.to_parameters().items() if key != "sought"}

    def check_conditions(self, conditions: Sequence[str]) -> None:
        if self.ask == ASK_CLIP and self.among == "conditions":
            group_conditions((), conditions, self.sought)
        if self.ask == ASK_CLIP and self.among == "targets" and "original" in conditions:
            raise EarwitnessError(
                "conditions must be without original to choose among targets: it is the same clip "
                "for all of them."
            )

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        if self.ask == ASK_CLIP:
            return [self._ask_for_clip(group) for group in self._group(materials, conditions, rng)]
        targets = list(dict.fromkeys(material.target for material in materials))
        choices = [choice.to_plain() for choice in find_choices(self.choices, targets).values()]
        return [
            ItemPlan(
                (SignalPlan("clip", condition, clip=material.clips[condition]),),
                condition,
                material,
                shown={"choices": choices},
                key={"sought": material.target},
            )
            for material in materials
            for condition in conditions
        ]

    def _group(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ClipGroup]:
        if self.among == "recordings":
            return group_recordings(materials, conditions, self.n_clips, rng)
        if self.among == "targets":
            groups = group_targets(materials, conditions, self.n_clips)
        else:
            groups = group_conditions(materials, conditions, self.sought)
        check_lengths(groups)
        return groups

    def _ask_for_clip(self, group: ClipGroup) -> ItemPlan:
        is_high = group.material.explanation.recipe.get("selection") != "against"
        wanted = describe_wanted(group.material.target, self.choices, is_high=is_high)
        return ItemPlan(
            group.signals,
            group.condition,
            group.material,
            shown={"wanted": wanted.to_plain()},
            key={"made_for": list(group.made_for), "sought": group.sought},
        )

    def plan_easy(self, sounds: PracticeSounds, condition: str) -> ItemPlan:
        muffled = SignalPlan("clip", "muffled", sound=sounds.muffled)
        sought = Choice("muffled", _("Muffled, as through a wall")).to_plain()
        if self.ask == ASK_TARGET:
            choices = [Choice("full", _("The full sound")).to_plain(), sought]
            shown = {"choices": choices, "prompt": _("How does it sound?")}
            return ItemPlan((muffled,), condition, shown=shown, key={"sought": "muffled"})
        piece = SignalPlan("clip", "piece", sound=sounds.piece)
        key = {"made_for": ["full", "muffled"], "sought": "muffled"}
        return ItemPlan((piece, muffled), condition, shown={"wanted": sought}, key=key)

    def arrange(self, item: ItemView, rng: np.random.Generator) -> Arrangement:
        """Clips in any order; choices in one order for all trials of a listener."""
        given = super().arrange(item, rng)
        if "made_for" in item.key:
            made_for: Sequence[str] = item.key["made_for"]  # type: ignore[assignment]
            by_label = {
                label: made_for[i] for label, i in zip(given.labels, given.signals, strict=True)
            }
            return Arrangement(given.signals, given.labels, key={"made_for": by_label})
        choices: Sequence[object] = item.shown["choices"]  # type: ignore[assignment]
        if self.order == "listener":
            own = np.random.default_rng(derive_seed(item.sitting_seed, "order of choices"))
            choices = [choices[i] for i in own.permutation(len(choices))]
        return Arrangement(given.signals, given.labels, shown={"choices": list(choices)})

    def columns(self) -> tuple[Column, ...]:
        is_of_conditions = self.ask == ASK_CLIP and self.among == "conditions"
        targets = ", ".join(choice.name for choice in self.choices) or "targets of the sources"
        names = "conditions" if is_of_conditions else targets
        return (
            Column("choice", "text", "What was chosen, or what the chosen clip is", names),
            Column("truth", "text", "What would have been right", names),
            Column("place", "whole number", "Where the choice stood among all on the page", "1…"),
            *self.score_columns("The right one was chosen"),
        )

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        row: dict[str, object] = {
            "choice": self._read_choice(answer, key),
            "truth": key["sought"],
            "place": self.list_offered(shown).index(str(answer["choice"])) + 1,
            **self.score(answer, shown, key),
        }
        if self.ask == ASK_CLIP:
            row["signal"] = answer["choice"]
        return [row]

    def feedback(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> dict[str, object]:
        is_correct = self.passes_catch(answer, shown, key)
        if self.ask == ASK_CLIP:
            right = self.find_right(key)
        else:
            choices: Sequence[Mapping[str, str]] = shown["choices"]  # type: ignore[assignment]
            right = next(one["label"] for one in choices if one["name"] == key["sought"])
        return {"is_correct": is_correct, "message": _("It was: %(answer)s.") % {"answer": right}}

    def list_offered(self, shown: Mapping[str, Any]) -> Sequence[str]:
        return shown["labels"] if self.ask == ASK_CLIP else super().list_offered(shown)

    def _read_choice(self, answer: Mapping[str, Any], key: Mapping[str, Any]) -> str:
        choice = answer["choice"]
        return key["made_for"][choice] if self.ask == ASK_CLIP else choice

    def find_right(self, key: Mapping[str, Any]) -> str:
        if self.ask == ASK_TARGET:
            return key["sought"]
        return next(label for label, one in key["made_for"].items() if one == key["sought"])
