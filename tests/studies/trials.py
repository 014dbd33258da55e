"""Items of a trial type as a listener gets them, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalsite.clips.models import Clip, Explanation, Recording
from evalsite.studies.blocks import CONDITIONS
from evalsite.studies.trial_types.base import (
    ItemPlan,
    ItemView,
    Material,
    PracticeSounds,
    Sound,
    TrialType,
)

SOUNDS = PracticeSounds(Sound("p" * 64, 1000, 0.5), Sound("m" * 64, 1000, 0.5))
TARGETS = ("valence", "energy", "tension", "happiness")


@dataclass(frozen=True)
class Presented:
    """What one listener gets of an item, and what stays hidden."""

    plan: ItemPlan
    shown: dict[str, object]
    key: dict[str, object]


def make_materials(n: int, targets: Sequence[str] = TARGETS) -> list[Material]:
    """n recordings with a clip in every condition; their targets take turns."""
    materials = []
    for i in range(n):
        target = targets[i % len(targets)]
        recording = Recording(pk=i + 1, title=f"Piece {i}", sha256=f"{i:064x}", sample_rate=44_100)
        explanation = Explanation(pk=i + 1, recording=recording, recipe={"targets": [target]})
        explanation.manifest = {"prediction": {target: 0.1 * i}}
        clips = {
            condition: Clip(
                pk=100 * i + k,
                explanation=explanation,
                kind=condition,
                target=target,
                blob=f"{100 * i + k:064x}",
                n_bytes=1000,
                sample_rate=44_100,
                n_samples=44_100,
                facts={"output_after_alignment": {target: 0.2 * k}},
            )
            for k, condition in enumerate(CONDITIONS)
        }
        materials.append(Material(explanation, target, clips))
    return materials


def present_all(
    trial_type: TrialType,
    conditions: Sequence[str] = ("original", "kept", "control_area"),
    *,
    n: int = 8,
    seed: int = 0,
    what: str = "items",
) -> list[Presented]:
    """Every item of a block (`what`: "items", "practice" or "catch") as one listener gets it."""
    rng = np.random.default_rng(seed)
    if what == "items":
        plans = trial_type.plan_items(make_materials(n), conditions, rng)
    else:
        plans = getattr(trial_type, f"plan_{what}")(SOUNDS, rng)
    return [present(trial_type, plan, rng) for plan in plans]


def present(trial_type: TrialType, plan: ItemPlan, rng: np.random.Generator) -> Presented:
    roles = tuple(signal.role for signal in plan.signals)
    conditions = tuple(signal.condition for signal in plan.signals)
    arranged = trial_type.arrange(ItemView(roles, conditions, plan.shown, plan.key), rng)
    shown = {
        **trial_type.public_parameters(),
        **plan.shown,
        **arranged.shown,
        "labels": list(arranged.labels),
    }
    labelled = zip(arranged.labels, arranged.signals, strict=True)
    by_label = {label: conditions[i] for label, i in labelled}
    return Presented(plan, shown, {**plan.key, **arranged.key, "conditions": by_label})
