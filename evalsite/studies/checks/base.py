"""What every headphone check is: rounds of three intervals, one of which is the right answer."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

N_CHOICES = 3


@dataclass(frozen=True)
class Interval:
    """Seconds within the file."""

    start: float
    end: float

    def cut(self, y: np.ndarray, sr: int) -> np.ndarray:
        return y[round(self.start * sr) : round(self.end * sr)]


@dataclass(frozen=True)
class Stimulus:
    """One file: `y` of shape (n_samples, 2), full scale 1; `answer` counts from 1."""

    y: np.ndarray
    answer: int


class HeadphoneCheck:
    """A frozen dataclass of figures. Its module's name is the check's name.

    `make_all` gives every file there is, always the same; `choose_rounds` what one attempt plays.
    """

    title: ClassVar[str]
    question: ClassVar[str]
    intro: ClassVar[str]
    n_rounds: ClassVar[int] = 6
    pass_mark: ClassVar[int]
    interval_seconds: ClassVar[float]
    gap_seconds: ClassVar[float]

    def intervals(self) -> tuple[Interval, ...]:
        step = self.interval_seconds + self.gap_seconds
        return tuple(Interval(k * step, k * step + self.interval_seconds) for k in range(N_CHOICES))

    def make_all(self, sr: int, *, level: float | None = None) -> list[Stimulus]:
        """Every file, at the published level or, where that is louder, at `level` LUFS."""
        raise NotImplementedError

    def choose_rounds(self, answers: Sequence[int], rng: np.random.Generator) -> list[int]:
        """Which of the files with these right answers are played, in which order."""
        raise NotImplementedError

    def recognise(self, y: np.ndarray, sr: int) -> int:
        """What somebody with headphones and good ears answers, by measuring the two channels."""
        raise NotImplementedError

    def chance_to_pass(self, *, n_attempts: int = 1) -> float:
        """How often somebody who guesses passes within so many attempts."""
        p = 1 / N_CHOICES
        once = sum(
            math.comb(self.n_rounds, k) * p**k * (1 - p) ** (self.n_rounds - k)
            for k in range(self.pass_mark, self.n_rounds + 1)
        )
        return 1 - (1 - once) ** n_attempts


def limit_loudness(y: np.ndarray, part: np.ndarray, sr: int, level: float | None) -> np.ndarray:
    """`y`, turned down (never up) until `part` of it has `level` LUFS (BS.1770)."""
    if level is None:
        return y
    # Slow import: only the first listener of a study needs it.
    import pyloudnorm

    loudness = pyloudnorm.Meter(sr).integrated_loudness(part)
    return y * min(1.0, 10 ** ((level - loudness) / 20))


def write_wav(y: np.ndarray, sr: int) -> bytes:
    """16-bit PCM. Not dithered: silence stays silence, and one channel the other's mirror."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(y.shape[1])
        wav.setsampwidth(2)
        wav.setframerate(sr)
        wav.writeframes(np.round(32767 * np.clip(y, -1, 1)).astype("<i2").tobytes())
    return file.getvalue()


def read_wav(data: bytes) -> tuple[int, np.ndarray]:
    """What `write_wav` wrote: rate and samples of shape (n_samples, n_channels)."""
    with wave.open(io.BytesIO(data)) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
        return wav.getframerate(), samples.reshape(-1, wav.getnchannels()) / 32767
