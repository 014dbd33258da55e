"""A horizontal axis: where a value stands, and which values get a line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MAX_LINES = 5


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with a line at each of `lines`."""

    low: float
    high: float
    lines: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where the value stands, 0 at the left end and 1 at the right; beyond stays at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def axis_around_zero(values: Iterable[float], *, most: float) -> Axis:
    """An axis that shows every value and zero, of round steps, no longer than -most to most."""
    shown = [value for value in values if math.isfinite(value)]
    low, high = min([0.0, *shown]), max([0.0, *shown])
    step = _round_step((high - low) / (MAX_LINES - 1) or most / 2)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    lines = tuple(step * k for k in range(first, last + 1))
    return Axis(lines[0], lines[-1], lines)


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least - 1e-12)


def axis_to_one(low: float) -> Axis:
    """An axis for agreement: from 0, or a round value below it but no less than −1, to 1."""
    step = 0.25 if low >= 0 else 0.5
    first = max(-2, math.floor(low / step)) if low < 0 else 0
    return Axis(first * step, 1.0, tuple(step * k for k in range(first, round(1 / step) + 1)))
