"""What the pages of a study say, as ready values."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from evalsite.clips.models import Clip, Explanation, Recording
from evalsite.clips.presentation import format_clock
from evalsite.studies.blocks import Block
from evalsite.studies.models import Item, Signal, Study

CONDITION_WORDS = {
    "original": "original",
    "kept": "kept",
    "removed": "removed",
    "control_area": "control, equal area",
    "control_energy": "control, equal energy",
    "control_phase_only": "control, phase only",
    "control_random_phase": "control, random phase",
}


@dataclass(frozen=True)
class SourceRow:
    """An explanation that a study could use."""

    explanation: Explanation
    is_chosen: bool
    kept: Clip | None
    excerpt: str


@dataclass(frozen=True)
class SourceGroup:
    recording: Recording
    rows: tuple[SourceRow, ...]


def choose_sources(finished: Iterable[Explanation], given: Collection[int]) -> list[Explanation]:
    """The given explanations, and of each other recording the newest that is about the same: one
    target, for or against it.

    Without any given, the newest explanation of all stands for them. A comparison needs several
    recordings, and ticking them one by one is what a proposal saves.
    """
    by_age = sorted(finished, key=lambda explanation: -explanation.pk)
    chosen = [explanation for explanation in by_age if explanation.pk in given] or by_age[:1]
    if not chosen:
        return []
    target, selection = chosen[0].targets[0], chosen[0].recipe.get("selection")
    for explanation in by_age:
        is_new = explanation.recording_id not in {other.recording_id for other in chosen}
        is_alike = explanation.recipe.get("selection") == selection
        if is_new and is_alike and target in explanation.targets:
            chosen.append(explanation)
    return chosen


def group_sources(finished: Iterable[Explanation], chosen: Collection[int]) -> list[SourceGroup]:
    return [
        SourceGroup(
            recording,
            tuple(
                SourceRow(row, row.pk in chosen, _find_kept(row), _name_excerpt(row))
                for row in rows
            ),
        )
        for recording, rows in groupby(finished, key=lambda explanation: explanation.recording)
    ]


def _find_kept(explanation: Explanation) -> Clip | None:
    kept = [clip for clip in explanation.clips.all() if clip.kind == "kept"]
    by_target = {clip.target: clip for clip in kept}
    return next((by_target[name] for name in explanation.targets if name in by_target), None)


def _name_excerpt(explanation: Explanation) -> str:
    start, duration = explanation.recipe["start"], explanation.recipe["duration"]
    return f"{format_clock(start)} to {format_clock(start + duration)}"


def suggest_title(chosen: Collection[Explanation], target: str) -> str:
    names = [explanation.recording.title for explanation in chosen]
    if not names:
        return ""
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0][:120]}{rest}: {target}"


def list_targets(finished: Iterable[Explanation]) -> list[str]:
    return sorted({target for explanation in finished for target in explanation.targets})


@dataclass(frozen=True)
class ItemRow:
    """A clip of a study as its researcher sees it."""

    item: Item
    clip: Clip
    condition: str
    area: str
    loudness: str


def describe_items(study: Study) -> list[ItemRow]:
    """Each clip once, however many blocks play it."""
    signals = (
        Signal.objects.filter(item__study=study, item__kind=Item.Kind.MAIN, clip__isnull=False)
        .select_related("item__recording", "clip")
        .order_by("item__number", "number")
    )
    first: dict[int, Signal] = {}
    for signal in signals:
        first.setdefault(signal.clip_id, signal)
    return [
        ItemRow(
            signal.item,
            signal.clip,
            name_condition(signal.condition),
            "" if signal.clip.area is None else f"{round(100 * signal.clip.area)} %",
            "" if signal.clip.loudness_after is None else _format_level(signal.clip.loudness_after),
        )
        for signal in first.values()
    ]


def describe_block(block: Block) -> dict[str, object]:
    """What a listener reads in a block, with its trial type's parameters."""
    parameters = block.make_trial_type().to_parameters()
    words = {key: getattr(block, key) for key in ("name", "trial_type", "question", "intro")}
    return {**parameters, **words}


def name_condition(condition: str) -> str:
    return CONDITION_WORDS.get(condition, condition.replace("_", " "))


def _format_level(level: float) -> str:
    return f"{level:.1f} LUFS".replace("-", "−")
