"""Sound in and out of files, with limits that a hostile file cannot talk its way around.

Convention: mono sound is float32, shape=(n_samples,), full scale ±1 (lossy files may exceed it);
all channels are float32, shape=(n_samples, n_channels). Times are seconds.
A recording is identified by its decoded samples as 24-bit integers (:meth:`DecodedAudio.digest`),
so a file and its canonical FLAC are the same recording.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from explain_engine.errors import AudioError
from explain_engine.sound_file import (
    CHUNK_BYTES,
    AudioInfo,
    AudioLimits,
    check_header,
    check_samples,
    check_sr,
    open_sound,
    read_chunks,
)

FULL_SCALE_24 = 1 << 23


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound.

    Parameters
    ----------
    y : np.ndarray, shape=(n_samples,), float32
        Samples, finite, at most ±8.
    sr : int
        Sample rate in hertz.
    offset : float
        Second of the recording at which ``y`` starts.
    digest : str or None
        Identity of the recording that ``y`` comes from, if it was decoded from a file.
    """

    y: np.ndarray
    sr: int
    offset: float = 0.0
    digest: str | None = None

    def __post_init__(self) -> None:
        y = np.asarray(self.y)
        if y.ndim != 1:
            raise AudioError(f"Audio must be mono, shape=(n_samples,), got shape {y.shape}.")
        if not np.issubdtype(y.dtype, np.floating):
            raise AudioError(f"Audio must be floating point within ±1, got {y.dtype}.")
        check_sr(self.sr, AudioLimits())
        check_samples(y, AudioLimits())
        object.__setattr__(self, "y", np.ascontiguousarray(y, dtype=np.float32))

    @property
    def seconds(self) -> float:
        return len(self.y) / self.sr


@dataclass(frozen=True, eq=False)
class DecodedAudio:
    """All channels of a file.

    Parameters
    ----------
    samples : np.ndarray, shape=(n_samples, n_channels), float32
        Decoded samples.
    sr : int
        Sample rate in hertz.
    format, subtype : str
        What the file was, e.g. ``"OGG"``, ``"VORBIS"``.
    """

    samples: np.ndarray
    sr: int
    format: str
    subtype: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sr

    def digest(self) -> str:
        """Return the recording's identity: sha256 over rate, channels and 24-bit samples."""
        hasher = _RecordingHash(self.sr, self.samples.shape[1])
        for chunk in _split(self.samples):
            hasher.update(chunk)
        return hasher.hexdigest()

    def write_flac(self, path: str | os.PathLike[str]) -> int:
        """Write the canonical 24-bit FLAC and return how many samples had to be clipped to ±1.

        Parameters
        ----------
        path : path
            Where to; the caller makes the write atomic.

        Returns
        -------
        int
            Number of samples beyond full scale.
        """
        n_clipped = 0
        with sf.SoundFile(
            os.fspath(path), "w", self.sr, self.samples.shape[1], "PCM_24", format="FLAC"
        ) as file:
            for chunk in _split(self.samples):
                n_clipped += int(np.count_nonzero(np.abs(chunk) > 1.0))
                file.write(_to_int24(chunk) << 8)
        return n_clipped


def read_audio_info(
    path: str | os.PathLike[str], *, limits: AudioLimits | None = None
) -> AudioInfo:
    """Read a file's header and check it.

    Parameters
    ----------
    path : path
        A WAV, FLAC, OGG or MP3 file.
    limits : AudioLimits
        What the file may be.

    Returns
    -------
    AudioInfo
        Rate, channels, claimed length, format.

    Raises
    ------
    AudioError
        If the file is not sound or breaks a limit.
    """
    limits = limits or AudioLimits()
    with open_sound(Path(path)) as file:
        return check_header(file, limits)


def load_audio(
    path: str | os.PathLike[str],
    *,
    start: float = 0.0,
    duration: float | None = None,
    limits: AudioLimits | None = None,
) -> Audio:
    """Decode a file to mono (mean of channels), keeping an excerpt.

    The whole file is decoded in chunks, so that its length and identity are known and no header
    is trusted; only the excerpt is kept in memory. The rate stays the file's own.

    Parameters
    ----------
    path : path
        A WAV, FLAC, OGG or MP3 file.
    start : float
        Second at which the excerpt starts.
    duration : float, optional
        Seconds to keep; by default all that follow.
    limits : AudioLimits
        What the file may be.

    Returns
    -------
    Audio
        The excerpt; ``offset`` is `start`, ``digest`` the recording's identity.

    Raises
    ------
    AudioError
        If the file is not sound, breaks a limit, or ends before the excerpt does.
    """
    limits = limits or AudioLimits()
    for name, value in (("start", start), ("duration", duration)):
        if value is not None and not math.isfinite(value):
            raise AudioError(f"{name} must be a finite number of seconds, got {value}.")
    with open_sound(Path(path)) as file:
        info = check_header(file, limits)
        first = round(start * info.sr)
        last = None if duration is None else first + round(duration * info.sr)
        hasher = _RecordingHash(info.sr, info.n_channels)
        kept, position = [], 0
        for chunk in read_chunks(file, info, limits):
            hasher.update(chunk)
            mono = chunk.mean(axis=1, dtype=np.float32)
            low, high = first - position, len(mono) if last is None else last - position
            kept.append(mono[max(0, low) : max(0, high)].copy())
            position += len(mono)
    _check_excerpt(start, duration, position / info.sr)
    return Audio(np.concatenate(kept), info.sr, offset=first / info.sr, digest=hasher.hexdigest())


def load_middle(
    path: str | os.PathLike[str], duration: float, *, limits: AudioLimits | None = None
) -> Audio:
    """Decode the middle of a file, as :func:`choose_excerpt` finds it, to mono.

    Parameters
    ----------
    path : path
        A WAV, FLAC, OGG or MP3 file.
    duration : float
        Seconds wanted; all of it where it is shorter.
    limits : AudioLimits
        What the file may be.

    Returns
    -------
    Audio
        The excerpt.

    Raises
    ------
    AudioError
        If the file is not sound or breaks a limit.
    """
    start, length = choose_excerpt(read_audio_info(path, limits=limits).seconds, duration)
    return load_audio(path, start=start, duration=length, limits=limits)


def decode_audio(
    path: str | os.PathLike[str], *, limits: AudioLimits | None = None
) -> DecodedAudio:
    """Decode all channels of a file.

    Parameters
    ----------
    path : path
        A WAV, FLAC, OGG or MP3 file.
    limits : AudioLimits
        What the file may be, its decoded size among it.

    Returns
    -------
    DecodedAudio
        All samples, with their identity by ``digest()``.

    Raises
    ------
    AudioError
        If the file is not sound or breaks a limit.
    """
    limits = limits or AudioLimits()
    with open_sound(Path(path)) as file:
        info = check_header(file, limits)
        chunks, n_bytes = [], 0
        for chunk in read_chunks(file, info, limits):
            n_bytes += chunk.nbytes
            if n_bytes > limits.max_bytes:
                raise AudioError(
                    f"A recording may decode to {limits.max_bytes >> 20} MB, "
                    f"this one is larger ({info.n_channels} channels at {info.sr} Hz)."
                )
            chunks.append(chunk)
    return DecodedAudio(np.concatenate(chunks), info.sr, info.format, info.subtype)


def choose_excerpt(seconds: float, duration: float = 10.0) -> tuple[float, float]:
    """Return (start, duration) of the excerpt taken when nobody chose one.

    The middle of the recording, since intros and endings are the least typical parts; the whole
    recording if it is shorter than `duration`.
    """
    if seconds <= duration:
        return 0.0, math.floor(seconds * 100) / 100
    return math.floor((seconds - duration) / 2 * 10) / 10, duration


class _RecordingHash:
    def __init__(self, sr: int, n_channels: int) -> None:
        self._hash = hashlib.sha256(f"earwitness-recording-1 {sr} {n_channels}\n".encode())

    def update(self, samples: np.ndarray) -> None:
        self._hash.update(np.ascontiguousarray(_to_int24(samples), dtype="<i4").tobytes())

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _to_int24(samples: np.ndarray) -> np.ndarray:
    # Scaling float32 by 2**23 is exact; so is reading a 24-bit integer back as float32.
    scaled = np.rint(samples.astype(np.float64) * FULL_SCALE_24)
    return np.clip(scaled, -FULL_SCALE_24, FULL_SCALE_24 - 1).astype(np.int32)


def _split(samples: np.ndarray) -> Iterator[np.ndarray]:
    step = max(1, CHUNK_BYTES // (4 * samples.shape[1]))
    for first in range(0, len(samples), step):
        yield samples[first : first + step]


def _check_excerpt(start: float, duration: float | None, seconds: float) -> None:
    if start < 0:
        raise AudioError(f"An excerpt must start at 0 s or later, got {start:g}.")
    if duration is not None and duration <= 0:
        raise AudioError(f"An excerpt must last longer than 0 s, got {duration:g}.")
    end = start if duration is None else start + duration
    if start >= seconds or end > seconds + 1e-3:
        raise AudioError(
            f"The excerpt {start:g} to {end:g} s must lie within the recording's {seconds:.2f} s."
        )
