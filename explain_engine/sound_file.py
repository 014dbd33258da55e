"""Opening and reading sound files within limits, without trusting their headers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from explain_engine.errors import AudioError

FORMATS = {"WAV": "WAV", "WAVEX": "WAV", "RF64": "WAV", "FLAC": "FLAC", "OGG": "OGG", "MP3": "MP3"}
CHUNK_BYTES = 4 << 20


@dataclass(frozen=True)
class AudioLimits:
    """What a sound file may be; checked against the header and again while decoding.

    Parameters
    ----------
    min_seconds, max_seconds : float
        Length of the recording.
    min_sr, max_sr : int
        Sample rate in hertz.
    max_channels : int
        Number of channels.
    max_amplitude : float
        Largest absolute sample; lossy decoders go above 1, broken files far above.
    max_bytes : int
        Decoded size of all channels as float32, for :func:`decode_audio`.
    """

    min_seconds: float = 0.1
    max_seconds: float = 600.0
    min_sr: int = 8_000
    max_sr: int = 192_000
    max_channels: int = 8
    max_amplitude: float = 8.0
    max_bytes: int = 1 << 30


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says, within limits. ``n_samples`` is a claim, not a count."""

    sr: int
    n_channels: int
    n_samples: int
    format: str
    subtype: str

    @property
    def seconds(self) -> float:
        return self.n_samples / self.sr


def open_sound(path: Path) -> sf.SoundFile:
    """Open a sound file, or say why it is none."""
    if not path.is_file():
        raise AudioError(f"A sound file must exist, got {path.name!r}.")
    if path.stat().st_size == 0:
        raise AudioError(f"A sound file must hold sound, {path.name!r} is empty (0 bytes).")
    try:
        return sf.SoundFile(os.fspath(path))
    except (sf.LibsndfileError, RuntimeError, TypeError) as error:
        raise AudioError(
            f"A sound file must be WAV, FLAC, OGG or MP3, {path.name!r} cannot be read as any."
        ) from error


def check_header(file: sf.SoundFile, limits: AudioLimits) -> AudioInfo:
    if file.format not in FORMATS:
        raise AudioError(f"A sound file must be WAV, FLAC, OGG or MP3, got {file.format}.")
    check_sr(file.samplerate, limits)
    if not 1 <= file.channels <= limits.max_channels:
        raise AudioError(
            f"A recording may have 1 to {limits.max_channels} channels, got {file.channels}."
        )
    seconds = file.frames / file.samplerate
    if seconds > limits.max_seconds:
        raise AudioError(
            f"A recording may last {limits.max_seconds:g} s, "
            f"the header of this one claims {seconds:,.0f} s."
        )
    return AudioInfo(
        file.samplerate, file.channels, file.frames, FORMATS[file.format], file.subtype
    )


def read_chunks(file: sf.SoundFile, info: AudioInfo, limits: AudioLimits) -> Iterator[np.ndarray]:
    step = max(1, CHUNK_BYTES // (4 * info.n_channels))
    total = 0
    while True:
        try:
            chunk = file.read(step, dtype="float32", always_2d=True)
        except (sf.LibsndfileError, RuntimeError) as error:
            raise AudioError(
                f"A sound file must decode to its end, this one breaks off after "
                f"{total / info.sr:.2f} s."
            ) from error
        if len(chunk) == 0:
            break
        total += len(chunk)
        if total > limits.max_seconds * info.sr:
            raise AudioError(f"A recording may last {limits.max_seconds:g} s, this one is longer.")
        check_samples(chunk, limits)
        yield chunk
    if total < limits.min_seconds * info.sr:
        raise AudioError(
            f"A recording must last {limits.min_seconds:g} s or more, "
            f"got {total} samples ({total / info.sr:.4f} s)."
        )
    # MP3 headers only estimate; elsewhere a shortfall means that sound is missing.
    if info.format != "MP3" and total < 0.99 * info.n_samples:
        raise AudioError(
            f"A sound file must hold the {info.n_samples} samples that its header claims, "
            f"this one holds {total}."
        )


def check_sr(sr: int, limits: AudioLimits) -> None:
    if not limits.min_sr <= sr <= limits.max_sr:
        raise AudioError(
            f"The sample rate must be {limits.min_sr:,} to {limits.max_sr:,} Hz, got {sr}."
        )


def check_samples(samples: np.ndarray, limits: AudioLimits) -> None:
    if not np.isfinite(samples).all():
        raise AudioError("All samples must be finite numbers, got NaN or infinity.")
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > limits.max_amplitude:
        raise AudioError(
            f"Samples must stay within ±{limits.max_amplitude:g} of full scale, got {peak:g}."
        )
