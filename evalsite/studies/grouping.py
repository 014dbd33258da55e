"""Clips to choose among in one trial: of several targets, recordings or conditions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import Material, SignalPlan


@dataclass(frozen=True)
class ClipGroup:
    """Clips of one trial, what each was made for, which of them is sought."""

    signals: tuple[SignalPlan, ...]
    made_for: tuple[str, ...]
    sought: str
    condition: str
    material: Material


def group_conditions(
    materials: Sequence[Material], conditions: Sequence[str], sought: str
) -> list[ClipGroup]:
    """All conditions of a recording."""
    if len(conditions) < 2 or sought not in conditions:
        raise EarwitnessError(
            f"conditions must be 2 or more with {sought} among them to choose among conditions, "
            f"got {', '.join(conditions)}."
        )
    return [
        ClipGroup(
            tuple(SignalPlan("clip", one, clip=material.clips[one]) for one in conditions),
            tuple(conditions),
            sought,
            ", ".join(conditions),
            material,
        )
        for material in materials
    ]


def group_targets(
    materials: Sequence[Material], conditions: Sequence[str], n_clips: int
) -> list[ClipGroup]:
    """One recording's clips for several targets; each target is sought once in each condition."""
    of_recording: dict[int, dict[str, Material]] = defaultdict(dict)
    for material in materials:
        of_recording[material.explanation.recording_id].setdefault(material.target, material)
    groups = []
    for by_target in of_recording.values():
        targets = list(by_target)
        n = n_clips or len(targets)
        if not 2 <= n <= len(targets):
            title = by_target[targets[0]].explanation.recording
            raise EarwitnessError(
                f"“{title}” must have sources for {max(n, 2)} targets or more to choose among "
                f"targets, got {len(targets)}."
            )
        for condition in conditions:
            for i in range(len(targets)):
                near = [by_target[targets[(i + step) % len(targets)]] for step in range(n)]
                groups.append(_group_clips(near, condition))
    return groups


def group_recordings(
    materials: Sequence[Material],
    conditions: Sequence[str],
    n_clips: int,
    rng: np.random.Generator,
) -> list[ClipGroup]:
    """Recordings of different targets, each in one group, so that nobody hears one twice.

    Groups are the same in all conditions. What is left when too few targets remain is not asked.
    """
    waiting: dict[str, list[Material]] = defaultdict(list)
    for i in rng.permutation(len(materials)):
        waiting[materials[int(i)].target].append(materials[int(i)])
    _refuse_second_source(materials)
    n = n_clips or len(waiting)
    if not 2 <= n <= len(waiting):
        raise EarwitnessError(
            f"The sources must have {max(n, 2)} targets or more to choose among recordings, "
            f"got {len(waiting)}."
        )
    n_sought: Counter[str] = Counter()
    groups = []
    while len(most := sorted(waiting, key=lambda one: (-len(waiting[one]), n_sought[one]))) >= n:
        taken = [waiting[target].pop() for target in most[:n]]
        waiting = {target: left for target, left in waiting.items() if left}  # type: ignore[assignment]
        taken.sort(key=lambda one: n_sought[one.target])
        n_sought[taken[0].target] += 1
        groups += [_group_clips(taken, condition) for condition in conditions]
    return groups


def check_lengths(groups: Sequence[ClipGroup]) -> None:
    """Raise EarwitnessError where clips that play in step are not of one length."""
    for group in groups:
        lengths = {signal.clip.n_bytes for signal in group.signals if signal.clip}
        if len(lengths) > 1:
            raise EarwitnessError(
                f"The clips of “{group.material.explanation.recording}” must have one length to "
                f"be compared, got {', '.join(str(one) for one in sorted(lengths))} bytes."
            )


def _refuse_second_source(materials: Sequence[Material]) -> None:
    counts: Mapping[object, int] = Counter(one.explanation.recording for one in materials)
    for recording, n in counts.items():
        if n > 1:
            raise EarwitnessError(
                "Each recording must be a source once to choose among recordings, "
                f"“{recording}” is {n} times."
            )


def _group_clips(materials: Sequence[Material], condition: str) -> ClipGroup:
    """The first is sought."""
    return ClipGroup(
        tuple(SignalPlan("clip", condition, clip=one.clips[condition]) for one in materials),
        tuple(one.target for one in materials),
        materials[0].target,
        condition,
        materials[0],
    )
