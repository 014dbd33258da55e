from __future__ import annotations

import resource
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from explain_engine import Audio, decode_audio, load_audio, read_audio_info
from explain_engine.audio import choose_excerpt
from explain_engine.errors import AudioError
from explain_engine.excerpt import cut_excerpt, resample
from explain_engine.sound_file import AudioLimits
from tests.support.provide import find_song


def write_text(path: Path) -> None:
    path.write_text("This is not sound.\n" * 100)


def write_empty(path: Path) -> None:
    path.write_bytes(b"")


def write_nan(path: Path) -> None:
    y = np.zeros(16_000, np.float32)
    y[5_000] = np.nan
    sf.write(path, y, 16_000, subtype="FLOAT", format="WAV")


def write_loud(path: Path) -> None:
    sf.write(path, np.full(16_000, 9.0, np.float32), 16_000, subtype="FLOAT", format="WAV")


def write_two_samples(path: Path) -> None:
    sf.write(path, np.zeros(2), 44_100, format="WAV")


def write_no_samples(path: Path) -> None:
    sf.write(path, np.zeros(0), 44_100, format="WAV")


def write_slow(path: Path) -> None:
    sf.write(path, np.zeros(4_000), 4_000, format="WAV")


def write_nine_channels(path: Path) -> None:
    sf.write(path, np.zeros((8_000, 9)), 8_000, format="WAV")


def write_aiff(path: Path) -> None:
    sf.write(path, np.zeros(8_000), 8_000, format="AIFF")


def write_long(path: Path) -> None:
    sf.write(path, np.zeros(8_000 * 601, np.int16), 8_000, subtype="PCM_16", format="WAV")


def write_lying_flac(path: Path, n_claimed: int = 2**36 - 1) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 1_500)
    sf.write(path, noise, 44_100, subtype="PCM_16", format="FLAC")
    data = bytearray(path.read_bytes())
    assert data[:4] == b"fLaC"
    # STREAMINFO's last 36 bits before the checksum: the number of samples.
    head = data[21] & 0xF0
    data[21:26] = bytes([head | (n_claimed >> 32)]) + struct.pack(">I", n_claimed & 0xFFFFFFFF)
    path.write_bytes(data)


def write_modest_lie(path: Path) -> None:
    write_lying_flac(path, 44_100 * 60)


BAD_FILES = [
    (write_text, r"must be WAV, FLAC, OGG or MP3, 'x\.wav' cannot be read as any"),
    (write_empty, r"must hold sound, 'x\.wav' is empty"),
    (write_nan, "must be finite numbers, got NaN or infinity"),
    (write_loud, "must stay within ±8 of full scale, got 9"),
    (write_two_samples, r"must last 0\.1 s or more, got 2 samples"),
    (write_no_samples, r"must last 0\.1 s or more, got 0 samples"),
    (write_slow, "sample rate must be 8,000 to 192,000 Hz, got 4000"),
    (write_nine_channels, "may have 1 to 8 channels, got 9"),
    (write_aiff, "must be WAV, FLAC, OGG or MP3, got AIFF"),
    (write_long, "may last 600 s, the header of this one claims 601 s"),
    (write_lying_flac, r"may last 600 s, the header of this one claims 1,558,\d\d\d s"),
    (write_modest_lie, "2646000 samples that its header claims, this one|breaks off"),
]


@pytest.mark.parametrize(("write", "message"), BAD_FILES, ids=lambda p: getattr(p, "__name__", ""))
@pytest.mark.parametrize("read", [load_audio, decode_audio], ids=lambda f: f.__name__)
def test_bad_file_gets_a_sentence(tmp_path, write, message, read):
    path = tmp_path / "x.wav"
    write(path)

    with pytest.raises(AudioError, match=message) as refusal:
        read(path)

    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("write", [write_text, write_empty, write_lying_flac, write_aiff])
def test_header_alone_is_refused_too(tmp_path, write):
    path = tmp_path / "x.wav"
    write(path)

    with pytest.raises(AudioError):
        read_audio_info(path)


def test_missing_file_and_folder_get_a_sentence(tmp_path):
    for path in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(AudioError, match="must exist"):
            load_audio(path)


def test_lying_flac_takes_no_memory(tmp_path):
    path = tmp_path / "x.flac"
    write_lying_flac(path, 44_100 * 599)
    code = (
        "import resource, sys\n"
        "from explain_engine import decode_audio, EngineError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: decode_audio(sys.argv[1])\n"
        "except EngineError as error: print(error, file=sys.stderr)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )

    grown_kb = int(subprocess.check_output([sys.executable, "-c", code, str(path)], text=True))

    assert grown_kb < 50_000


def test_many_channels_at_a_high_rate_load_in_bounded_memory(tmp_path):
    path = tmp_path / "x.wav"
    rng = np.random.default_rng(0)
    with sf.SoundFile(path, "w", 96_000, 8, "PCM_24") as file:
        for _ in range(30):
            file.write(rng.uniform(-0.1, 0.1, (96_000, 8)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    audio = load_audio(path, start=10.0, duration=5.0)

    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert audio.y.shape == (5 * 96_000,)
    assert audio.sr == 96_000
    # All of it would be 92 MB.
    assert grown_kb < 60_000


def test_size_limit_refuses_what_would_not_fit(tmp_path):
    path = tmp_path / "x.wav"
    sf.write(path, np.zeros((48_000, 2)), 48_000)

    with pytest.raises(AudioError, match="may decode to 0 MB, this one is larger"):
        decode_audio(path, limits=AudioLimits(max_bytes=100_000))


@pytest.mark.parametrize(
    ("format", "subtype"), [("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)]
)
def test_each_format_loads_as_the_mean_of_its_channels(tmp_path, format, subtype):
    time = np.arange(2 * 44_100) / 44_100
    y = np.stack([0.4 * np.sin(2 * np.pi * 440 * time), np.zeros(len(time))], axis=1)
    path = tmp_path / "x"
    sf.write(path, y, 44_100, format=format, subtype=subtype)

    audio = load_audio(path)

    info = read_audio_info(path)
    assert (info.format, info.sr, info.n_channels) == (format, 44_100, 2)
    assert audio.y.dtype == np.float32
    level = np.sqrt(np.mean(audio.y[4_410:-4_410] ** 2))
    assert level == pytest.approx(0.2 / np.sqrt(2), rel=0.03)


def test_file_and_its_canonical_flac_are_the_same_recording(tmp_path):
    decoded = decode_audio(find_song("Metal madness"))
    n_clipped = decoded.write_flac(tmp_path / "canonical.flac")
    canonical = decode_audio(tmp_path / "canonical.flac")

    assert canonical.digest() == decoded.digest()
    assert (
        load_audio(find_song("Metal madness"), start=3.0, duration=1.0).digest == decoded.digest()
    )
    assert (canonical.format, canonical.subtype) == ("FLAC", "PCM_24")
    assert n_clipped == np.count_nonzero(np.abs(decoded.samples) > 1.0)
    assert np.abs(canonical.samples - decoded.samples.clip(-1, 1)).max() <= 2**-23


def test_clipped_samples_are_counted_and_keep_the_digest(tmp_path):
    y = np.linspace(-1.5, 1.5, 9_000, dtype=np.float32)
    sf.write(tmp_path / "x.wav", y, 8_000, subtype="FLOAT")
    decoded = decode_audio(tmp_path / "x.wav")

    n_clipped = decoded.write_flac(tmp_path / "x.flac")

    assert n_clipped == np.count_nonzero(np.abs(y) > 1)
    assert decode_audio(tmp_path / "x.flac").digest() == decoded.digest()


def test_digest_tells_samples_rate_and_channels_apart(tmp_path):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 8_000)
    digests = set()
    for name, samples, sr in (
        ("a", y, 8_000),
        ("b", y, 16_000),
        ("c", y.reshape(-1, 2), 8_000),
        ("d", y + 2**-15, 8_000),
    ):
        sf.write(tmp_path / name, samples, sr, format="WAV", subtype="PCM_24")
        digests.add(decode_audio(tmp_path / name).digest())

    assert len(digests) == 4


def test_excerpt_is_cut_where_asked(tmp_path):
    y = np.arange(80_000) / 80_000
    sf.write(tmp_path / "x.wav", y, 8_000, subtype="FLOAT")

    audio = load_audio(tmp_path / "x.wav", start=2.5, duration=3.0)

    assert audio.y == pytest.approx(y[20_000:44_000].astype(np.float32))
    assert audio.offset == 2.5
    again = cut_excerpt(audio, 3.0, 2.0)
    assert again.y == pytest.approx(y[24_000:40_000].astype(np.float32))


@pytest.mark.parametrize(
    ("start", "duration", "message"),
    [
        (9.5, 1.0, r"The excerpt 9\.5 to 10\.5 s must lie within the recording's 10\.00 s"),
        (10.0, None, "must lie within the recording's"),
        (-1.0, 2.0, "must start at 0 s or later, got -1"),
        (1.0, 0.0, "must last longer than 0 s, got 0"),
        (float("nan"), 1.0, "start must be a finite number of seconds, got nan"),
        (0.0, float("inf"), "duration must be a finite number of seconds, got inf"),
    ],
)
def test_excerpt_that_is_not_there_gets_a_sentence(tmp_path, start, duration, message):
    sf.write(tmp_path / "x.wav", np.zeros(80_000), 8_000)

    with pytest.raises(AudioError, match=message):
        load_audio(tmp_path / "x.wav", start=start, duration=duration)


def test_excerpt_outside_of_what_was_loaded_is_refused():
    audio = Audio(np.zeros(80_000, np.float32), 8_000, offset=20.0)

    with pytest.raises(
        AudioError, match=r"5 to 15 s must lie within the recording's 20 to 30\.00 s"
    ):
        cut_excerpt(audio, 5.0, 10.0)


@pytest.mark.parametrize(
    ("y", "sr", "message"),
    [
        (np.zeros((10, 2)), 8_000, r"must be mono, shape=\(n_samples,\), got shape \(10, 2\)"),
        (np.zeros(10, np.int16), 8_000, "must be floating point within ±1, got int16"),
        (np.array([0.0, np.inf]), 8_000, "must be finite"),
        (np.zeros(10), 100, "sample rate must be"),
    ],
)
def test_array_that_is_not_mono_sound_is_refused(y, sr, message):
    with pytest.raises(AudioError, match=message):
        Audio(y, sr)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(180.0, (85.0, 10.0)), (10.0, (0.0, 10.0)), (4.567, (0.0, 4.56)), (10.05, (0.0, 10.0))],
)
def test_excerpt_nobody_chose_is_the_middle(seconds, expected):
    assert choose_excerpt(seconds) == expected


@pytest.mark.parametrize("sr", [8_000, 22_050, 44_100, 96_000])
def test_resampling_keeps_a_tone_and_gives_the_length_asked(sr):
    time = np.arange(3 * sr) / sr
    audio = Audio(np.sin(2 * np.pi * 1000 * time).astype(np.float32), sr)

    y = resample(audio, 16_000, 48_000)

    assert y.shape == (48_000,)
    assert y.dtype == np.float32
    expected = np.sin(2 * np.pi * 1000 * np.arange(48_000) / 16_000)
    assert np.abs(y - expected)[2_000:-2_000].max() < 0.01
