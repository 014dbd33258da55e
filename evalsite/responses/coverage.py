"""Which seconds of a clip were heard, and whether that is all of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# A player may lose a few hundredths at each pause; a listener misses nothing by it.
TOLERANCE_SECONDS = 0.25


def merge_stretches(stretches: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
    """Overlapping and touching stretches become one; the result is sorted."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted((start, end) for start, end in stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def count_heard_seconds(stretches: Iterable[Sequence[float]], duration: float) -> float:
    """Seconds of the clip heard at least once."""
    return sum(
        max(0.0, min(end, duration) - max(start, 0.0)) for start, end in merge_stretches(stretches)
    )


def count_needed_seconds(min_heard: str | float, duration: float) -> float:
    """Seconds of a signal that must be heard: all of it ("once"), or so many of them."""
    return duration if isinstance(min_heard, str) else min(float(min_heard), duration)


def count_missing_seconds(
    stretches: Iterable[Sequence[float]], duration: float, *, needed: float | None = None
) -> float:
    """Seconds still to hear; what is within the tolerance counts as heard."""
    missing = (duration if needed is None else needed) - count_heard_seconds(stretches, duration)
    return missing if missing > TOLERANCE_SECONDS else 0.0
