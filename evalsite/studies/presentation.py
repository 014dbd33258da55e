"""What the pages of a study say, as ready values."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

from evalsite.clips.models import Explanation, Recording


@dataclass(frozen=True)
class SourceRow:
    """An explanation that a study could use."""

    explanation: Explanation
    is_chosen: bool


@dataclass(frozen=True)
class SourceGroup:
    recording: Recording
    rows: tuple[SourceRow, ...]


def choose_sources(finished: Iterable[Explanation], given: Collection[int]) -> list[Explanation]:
    """The given explanations, and the newest one about the same target of each other recording.

    Without any given, the newest explanation of all stands for them. A comparison needs several
    recordings, and ticking them one by one is what a proposal saves.
    """
    by_age = sorted(finished, key=lambda explanation: -explanation.pk)
    chosen = [explanation for explanation in by_age if explanation.pk in given] or by_age[:1]
    if not chosen:
        return []
    target = chosen[0].targets[0]
    for explanation in by_age:
        is_new = explanation.recording_id not in {other.recording_id for other in chosen}
        if is_new and target in explanation.targets:
            chosen.append(explanation)
    return chosen


def group_sources(finished: Iterable[Explanation], chosen: Collection[int]) -> list[SourceGroup]:
    return [
        SourceGroup(recording, tuple(SourceRow(row, row.pk in chosen) for row in rows))
        for recording, rows in groupby(finished, key=lambda explanation: explanation.recording)
    ]


def suggest_title(chosen: Collection[Explanation], target: str) -> str:
    names = [explanation.recording.title for explanation in chosen]
    if not names:
        return ""
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0][:120]}{rest}: {target}"


def list_targets(finished: Iterable[Explanation]) -> list[str]:
    return sorted({target for explanation in finished for target in explanation.targets})
