"""Which tone is softest: one of three is in opposite phase, which loudspeakers cancel.

Woods, Siegel, Traer and McDermott (2017), Atten. Percept. Psychophys. 79, 2064-2072; figures as
measured in the authors' files. Tells loudspeakers from headphones, not one earbud from two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import ClassVar

import numpy as np
from django.utils.translation import gettext_lazy as _

from evalsite.studies.checks.base import HeadphoneCheck, Stimulus, limit_loudness

FREQUENCY_HZ = 200.0
RMS_DB = -17.0
SOFTER_DB = 6.0
RAMP_SECONDS = 0.1
KINDS = ("in_phase", "opposite", "soft")


@dataclass(frozen=True)
class Antiphase(HeadphoneCheck):
    """Six rounds, one for each order of the three tones; five right ones pass."""

    title: ClassVar[str] = _("Soft tones")
    question: ClassVar[str] = _("Which tone is the softest?")
    intro: ClassVar[str] = _(
        "You hear three tones, once. On headphones one of them is clearly softer."
    )
    pass_mark: ClassVar[int] = 5
    interval_seconds: ClassVar[float] = 1.0
    gap_seconds: ClassVar[float] = 0.5

    def make_all(self, sr: int, *, level: float | None = None) -> list[Stimulus]:
        tones = {kind: make_tone(kind, sr) for kind in KINDS}
        loud = limit_loudness(tones["in_phase"], tones["in_phase"], sr, level)
        gain = np.max(np.abs(loud)) / np.max(np.abs(tones["in_phase"]))
        gap = np.zeros((round(self.gap_seconds * sr), 2))
        return [
            Stimulus(
                gain * np.concatenate([tones[a], gap, tones[b], gap, tones[c]]),
                answer=1 + (a, b, c).index("soft"),
            )
            for a, b, c in permutations(KINDS)
        ]

    def choose_rounds(self, answers: Sequence[int], rng: np.random.Generator) -> list[int]:
        """Each file once, in any order."""
        return [int(i) for i in rng.permutation(len(answers))][: self.n_rounds]

    def recognise(self, y: np.ndarray, sr: int) -> int:
        """The interval with the least power, each ear by itself."""
        powers = [float(np.mean(interval.cut(y, sr) ** 2)) for interval in self.intervals()]
        return 1 + int(np.argmin(powers))


def make_tone(kind: str, sr: int) -> np.ndarray:
    """A tone on both channels, shape=(sr, 2), with raised-cosine ramps."""
    n = round(Antiphase.interval_seconds * sr)
    level = RMS_DB - (SOFTER_DB if kind == "soft" else 0.0)
    y = 10 ** (level / 20) * np.sqrt(2) * np.sin(2 * np.pi * FREQUENCY_HZ * np.arange(n) / sr)
    n_ramp = round(RAMP_SECONDS * sr)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_ramp) / n_ramp)
    y[:n_ramp] *= ramp
    y[-n_ramp:] *= ramp[::-1]
    return np.stack([y, -y if kind == "opposite" else y], axis=1)
