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

FORMATS = {"WAV": "WAV", "WAVEX": "WAV", "RF64": "WAV", "FLAC": "FLAC", "OGG": "OGG", "MP3": "MP3"}
CHUNK_BYTES = 4 << 20
FULL_SCALE_24 = 1 << 23


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
        _check_sr(self.sr, AudioLimits())
        _check_samples(y, AudioLimits())
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
    with _open_sound(Path(path)) as file:
        return _check_header(file, limits)


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
    with _open_sound(Path(path)) as file:
        info = _check_header(file, limits)
        first = round(start * info.sr)
        last = None if duration is None else first + round(duration * info.sr)
        hasher = _RecordingHash(info.sr, info.n_channels)
        kept, position = [], 0
        for chunk in _read_chunks(file, info, limits):
            hasher.update(chunk)
            mono = chunk.mean(axis=1, dtype=np.float32)
            low, high = first - position, len(mono) if last is None else last - position
            kept.append(mono[max(0, low) : max(0, high)].copy())
            position += len(mono)
    _check_excerpt(start, duration, position / info.sr)
    return Audio(np.concatenate(kept), info.sr, offset=first / info.sr, digest=hasher.hexdigest())


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
    with _open_sound(Path(path)) as file:
        info = _check_header(file, limits)
        chunks, n_bytes = [], 0
        for chunk in _read_chunks(file, info, limits):
            n_bytes += chunk.nbytes
            if n_bytes > limits.max_bytes:
                raise AudioError(
                    f"A recording may decode to {limits.max_bytes >> 20} MB, "
                    f"this one is larger ({info.n_channels} channels at {info.sr} Hz)."
                )
            chunks.append(chunk)
    return DecodedAudio(np.concatenate(chunks), info.sr, info.format, info.subtype)


def cut_excerpt(audio: Audio, start: float, duration: float) -> Audio:
    """Return `duration` seconds of `audio` from second `start` of the recording.

    Raises
    ------
    AudioError
        If `audio` does not hold that excerpt.
    """
    first = round((start - audio.offset) * audio.sr)
    n_samples = round(duration * audio.sr)
    # One sample of grace: a duration in seconds rarely is a whole number of samples.
    if first < 0 or first + n_samples > len(audio.y) + 1:
        end = audio.offset + audio.seconds
        raise AudioError(
            f"The excerpt {start:g} to {start + duration:g} s must lie within the recording's "
            f"{audio.offset:g} to {end:.2f} s."
        )
    return Audio(audio.y[first : first + n_samples], audio.sr, offset=start, digest=audio.digest)


def choose_excerpt(seconds: float, duration: float = 10.0) -> tuple[float, float]:
    """Return (start, duration) of the excerpt taken when nobody chose one.

    The middle of the recording, since intros and endings are the least typical parts; the whole
    recording if it is shorter than `duration`.
    """
    if seconds <= duration:
        return 0.0, math.floor(seconds * 100) / 100
    return math.floor((seconds - duration) / 2 * 10) / 10, duration


def resample(audio: Audio, sr: int, n_samples: int) -> np.ndarray:
    """Return the samples of `audio` at rate `sr`, shape=(n_samples,), float32 (soxr, high quality).

    The filter's rounding may leave one sample too many or too few: cut, or padded by zero.
    """
    y = audio.y
    if audio.sr != sr:
        # slow import: librosa
        import librosa

        y = librosa.resample(y, orig_sr=audio.sr, target_sr=sr, res_type="soxr_hq")
    y = y[:n_samples]
    return np.pad(y, (0, n_samples - len(y))).astype(np.float32, copy=False)


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


def _open_sound(path: Path) -> sf.SoundFile:
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


def _check_header(file: sf.SoundFile, limits: AudioLimits) -> AudioInfo:
    if file.format not in FORMATS:
        raise AudioError(f"A sound file must be WAV, FLAC, OGG or MP3, got {file.format}.")
    _check_sr(file.samplerate, limits)
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


def _read_chunks(
    file: sf.SoundFile, info: AudioInfo, limits: AudioLimits
) -> Iterator[np.ndarray]:
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
        _check_samples(chunk, limits)
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


def _check_sr(sr: int, limits: AudioLimits) -> None:
    if not limits.min_sr <= sr <= limits.max_sr:
        raise AudioError(
            f"The sample rate must be {limits.min_sr:,} to {limits.max_sr:,} Hz, got {sr}."
        )


def _check_samples(samples: np.ndarray, limits: AudioLimits) -> None:
    if not np.isfinite(samples).all():
        raise AudioError("All samples must be finite numbers, got NaN or infinity.")
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > limits.max_amplitude:
        raise AudioError(
            f"Samples must stay within ±{limits.max_amplitude:g} of full scale, got {peak:g}."
        )


def _check_excerpt(start: float, duration: float | None, seconds: float) -> None:
    if start < 0:
        raise AudioError(f"An excerpt must start at 0 s or later, got {start:g}.")
    if duration is not None and duration <= 0:
        raise AudioError(f"An excerpt must last longer than 0 s, got {duration:g}.")
    end = start if duration is None else start + duration
    if start >= seconds or end > seconds + 1e-3:
        raise AudioError(
            f"The excerpt {start:g} to {end:g} s must lie within the recording's "
            f"{seconds:.2f} s."
        )
