"""Sound files, good and hostile, made by hand. Numbers B01 to B27 as in the project's battery."""

from __future__ import annotations

import io
import pickle
import struct

import numpy as np
import soundfile as sf

TEXT_REFUSAL = "holds text, not sound. Choose WAV, FLAC, OGG or MP3."


def make_tone(seconds: float = 3.0, sr: int = 16_000, channels: int = 1) -> np.ndarray:
    """Three partials that come and go, so that there is something to explain."""
    t = np.arange(round(seconds * sr)) / sr
    y = sum(
        0.15 * np.sin(2 * np.pi * hz * t) * (np.sin(2 * np.pi * rate * t) > 0)
        for hz, rate in ((220, 0.7), (880, 1.3), (2500, 2.1))
    )
    return np.repeat(np.asarray(y, dtype=np.float32)[:, None], channels, axis=1)


def encode(
    y: np.ndarray, sr: int = 16_000, *, form: str = "WAV", subtype: str | None = None
) -> bytes:
    file = io.BytesIO()
    sf.write(file, y, sr, format=form, subtype=subtype)
    return file.getvalue()


def make_wav(
    data: bytes = bytes(4000),
    *,
    channels: int = 1,
    sr: int = 8000,
    bits: int = 16,
    tag: int = 1,
    claimed: int | None = None,
    before_data: bytes = b"",
) -> bytes:
    """A RIFF file whose header may say anything."""
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, sr, sr * block & 0xFFFFFFFF, block & 0xFFFF, bits)
    size = len(data) if claimed is None else claimed
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + before_data
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


def make_lying_flac() -> bytes:
    """A few bytes that claim nearly 2**36 samples."""
    data = bytearray(encode(np.zeros((48_000, 1), np.float32), 48_000, form="FLAC"))
    # STREAMINFO begins at 8; its last 36 bits before the MD5 are the number of samples.
    data[21] |= 0x0F
    data[22:26] = b"\xff\xff\xff\xff"
    return bytes(data)


def make_rf64_with_two_formats() -> bytes:
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 200, 80, 40, 0)
    body = b"WAVE" + ds64 + fmt + fmt + b"data" + struct.pack("<I", 0xFFFFFFFF) + bytes(80)
    return b"RF64" + b"\xff\xff\xff\xff" + body


def make_info_chunk(text: bytes) -> bytes:
    field = b"INAM" + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    return b"LIST" + struct.pack("<I", 4 + len(field)) + b"INFO" + field


def make_silence(seconds: float, sr: int, channels: int, form: str) -> bytes:
    """Written piece by piece: what is small as a file is large as samples."""
    file = io.BytesIO()
    piece = np.zeros((sr * 5, channels), np.int16)
    with sf.SoundFile(file, "w", sr, channels, format=form) as out:
        for _ in range(round(seconds / 5)):
            out.write(piece)
    return file.getvalue()


NAN = np.array([0.1, float("nan"), float("inf")] * 4000, np.float32)

# name -> (file name, bytes, a part of the sentence that refuses it)
REFUSED = {
    "B01 empty": ("a.wav", lambda: b"", "is empty (0 bytes)"),
    "B02 20 bytes": ("a.wav", lambda: make_wav()[:20], "cannot be read"),
    "B03 no frames": ("a.wav", lambda: make_wav(b""), "must last 0.1 s or more"),
    "B05 data size 0": ("a.wav", lambda: make_wav(claimed=0), "must last 0.1 s or more"),
    "B06 no channels": ("a.wav", lambda: make_wav(channels=0), "cannot be read"),
    "B07 255 channels": ("a.wav", lambda: make_wav(channels=255), "1 to 8 channels, got 255"),
    "B08 65535 channels": ("a.wav", lambda: make_wav(channels=65_535), "cannot be read"),
    "B09 rate 0": ("a.wav", lambda: make_wav(sr=0), "cannot be read"),
    "B10 rate 1": ("a.wav", lambda: make_wav(sr=1), "sample rate must be"),
    "B11 rate 500000": ("a.wav", lambda: make_wav(sr=500_000), "sample rate must be"),
    "B12 rate 2**31-1": ("a.wav", lambda: make_wav(sr=2**31 - 1), "sample rate must be"),
    "B13 NaN": ("a.wav", lambda: encode(NAN, subtype="FLOAT"), "must be finite numbers"),
    "B14 1e300": (
        "a.wav",
        lambda: encode(np.full(8000, 1e300), subtype="DOUBLE"),
        "must be finite numbers",
    ),
    "B15 0 bits": ("a.wav", lambda: make_wav(bits=0), "cannot be read"),
    "B16 lying FLAC": ("a.flac", make_lying_flac, "may last 600 s"),
    "B17 wide FLAC": (
        "a.flac",
        lambda: make_silence(80, 192_000, 8, "FLAC"),
        "may hold 120,000,000 values",
    ),
    "B18 twelve minutes of Ogg": (
        "a.ogg",
        lambda: make_silence(720, 8000, 1, "OGG"),
        "may last 600 s",
    ),
    "B19 RF64, two formats": ("a.wav", make_rf64_with_two_formats, "must last 0.1 s or more"),
    "B20 HTML": ("a.wav", lambda: b"<!doctype html><script>alert(1)</script>", TEXT_REFUSAL),
    "B21 SVG": ("a.wav", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", TEXT_REFUSAL),
    "B23 pickle": ("a.wav", lambda: pickle.dumps(list(range(999))), "cannot be read"),
    "B24 playlist": ("a.wav", lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", TEXT_REFUSAL),
    "text": ("notes.wav", lambda: "Übermorgen\n".encode() * 999, TEXT_REFUSAL),
    "two samples": ("a.wav", lambda: encode(np.zeros(2)), "must last 0.1 s or more"),
    "loud": ("a.wav", lambda: encode(np.full(8000, 9.0), subtype="FLOAT"), "within ±8"),
    "AIFF": ("a.wav", lambda: encode(make_tone(), form="AIFF"), "must be WAV, FLAC, OGG or MP3"),
}
# name -> (bytes, channels, sample rate, samples)
ACCEPTED = {
    "B04 claims 4 GiB": (
        lambda: make_wav(bytes(2000), claimed=0xFFFFFFF0),
        *(1, 8000, 1000),
    ),
    "B22 script in a tag": (
        lambda: make_wav(bytes(4000), before_data=make_info_chunk(b"<script>alert(1)</script>")),
        *(1, 8000, 2000),
    ),
    "silence": (lambda: encode(np.zeros(8000)), 1, 16_000, 8000),
    "8 channels at 96 kHz": (
        lambda: encode(make_tone(10, 96_000, 8), 96_000, subtype="PCM_24"),
        *(8, 96_000, 960_000),
    ),
    "8-bit": (lambda: encode(make_tone(), subtype="PCM_U8"), 1, 16_000, 48_000),
    "float beyond full scale": (
        lambda: encode(make_tone() * 5, subtype="FLOAT"),
        *(1, 16_000, 48_000),
    ),
    "FLAC": (lambda: encode(make_tone(), form="FLAC"), 1, 16_000, 48_000),
    "OGG": (lambda: encode(make_tone(), form="OGG"), 1, 16_000, 48_000),
}
