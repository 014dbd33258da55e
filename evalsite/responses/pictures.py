"""The picture of a sound that `regions` may show: one size, no axis, no name, ink on nothing.

It is drawn from the original of the item's recording whatever is played, so that it is the same
bytes in every condition.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

import numpy as np

from evalsite.common.blobs import find_blob
from evalsite.responses.models import Trial

WIDTH, HEIGHT = 1200, 160
N_FFT = 2048
FMIN, FMAX = 55.0, 12_000.0
FLOOR_DB = -70.0


def find_picture(trial: Trial) -> bytes | None:
    """PNG of the trial's excerpt; None where the trial shows none."""
    kind = trial.snapshot["shown"].get("picture", "none")
    if kind == "none":
        return None
    explanation = trial.item.explanation
    if explanation is None:
        blob = trial.snapshot["signals"][0]["sha256"]
    else:
        blob = explanation.clips.get(kind="original").blob
    return draw_picture(blob, kind)


@lru_cache(maxsize=64)
def draw_picture(blob: str, kind: str) -> bytes:
    # Slow import: only this page needs it.
    import soundfile

    samples, sr = soundfile.read(find_blob(blob), dtype="float32", always_2d=True)
    y = samples.mean(axis=1)
    ink = draw_waveform(y) if kind == "waveform" else draw_spectrogram(y, sr)
    return write_png(ink)


def draw_waveform(y: np.ndarray) -> np.ndarray:
    """Ink of each pixel, shape=(HEIGHT, WIDTH), 0 to 1: the largest sample of each column."""
    edges = np.arange(WIDTH) * len(y) // WIDTH
    peaks = np.maximum.reduceat(np.abs(y), edges)
    reach = np.maximum(peaks / max(float(peaks.max()), 1e-9) * (HEIGHT / 2 - 2), 1)
    rows = np.abs(np.arange(HEIGHT) + 0.5 - HEIGHT / 2)
    return (rows[:, None] <= reach[None, :]).astype(np.float64)


def draw_spectrogram(y: np.ndarray, sr: int) -> np.ndarray:
    """Ink of each pixel, shape=(HEIGHT, WIDTH), 0 to 1: log frequency up, 70 dB of loudness."""
    centres = (np.arange(WIDTH) + 0.5) * len(y) / WIDTH
    padded = np.pad(y, N_FFT // 2)
    starts = np.minimum(centres.astype(int), len(padded) - N_FFT)
    frames = padded[starts[:, None] + np.arange(N_FFT)] * np.hanning(N_FFT)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    hz = np.geomspace(FMIN, min(FMAX, sr / 2), HEIGHT)
    bins = np.minimum(np.rint(hz * N_FFT / sr).astype(int), power.shape[1] - 1)
    level = 10 * np.log10(np.maximum(power[:, bins[::-1]].T, 1e-12))
    return np.clip(1 - (level - level.max()) / FLOOR_DB, 0, 1) ** 2


def write_png(ink: np.ndarray) -> bytes:
    """Black with this much opacity, 8 bits of grey and alpha: a page's style may turn it white."""
    height, width = ink.shape
    pixels = np.zeros((height, width, 2), dtype=np.uint8)
    pixels[:, :, 1] = np.rint(255 * ink)
    lines = np.concatenate(
        [np.zeros((height, 1), dtype=np.uint8), pixels.reshape(height, -1)], axis=1
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 4, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_write_chunk(*chunk) for chunk in chunks)


def _write_chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)
