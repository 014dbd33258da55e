from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from explain_engine import Audio
from explain_engine.analysis import analyse
from explain_engine.errors import ComponentError, EngineError
from explain_engine.excerpt import cut_excerpt, resample
from explain_engine.recipe import SEGMENTERS
from explain_engine.sources import cut_components


@pytest.fixture
def parameters(tmp_path, analysis) -> dict[str, dict[str, object]]:
    """What a segmenter cannot do without."""
    rng = np.random.default_rng(0)
    files = [str(tmp_path / f"{name}.wav") for name in ("bass", "voice")]
    for file in files:
        sf.write(file, 0.1 * rng.standard_normal(analysis.n_samples), analysis.sr, subtype="FLOAT")
    return {"stems": {"files": files}}


@pytest.mark.parametrize("name", SEGMENTERS.names())
def test_every_segmenter_parts_the_excerpt_alike_each_time(name, analysis, parameters):
    segmenter = SEGMENTERS.make(name, parameters.get(name))

    components = cut_components(analysis, segmenter)

    again = cut_components(analysis, segmenter)
    masks = np.eye(components.n, dtype=bool)
    assert components.n >= 2
    assert components.names == again.names
    assert np.array_equal(components.territory, again.territory)
    assert components.territory.shape == analysis.picture.shape
    sounds = components.resynthesise(masks)
    assert np.array_equal(sounds, again.resynthesise(masks))
    assert np.abs(sounds.sum(axis=0) - analysis.y).max() < 1e-5
    assert components.area_shares.sum() == pytest.approx(1)
    assert components.energy_shares.sum() == pytest.approx(1)


def test_registry_says_which_segmenters_read_files():
    reading = [name for name in SEGMENTERS.names() if SEGMENTERS.describe(name)["reads_files"]]

    assert reading == ["stems"]


@pytest.mark.parametrize(("name", "axis"), [("time", 1), ("frequency", 0)])
def test_time_and_frequency_cut_equal_spans_along_one_axis(name, axis, analysis):
    labels = SEGMENTERS.make(name, {"n_components": 7})(analysis)

    lines = np.moveaxis(labels, axis, 0)
    assert (lines == lines[:, :1]).all()
    assert (np.diff(lines[:, 0]) >= 0).all()
    sizes = np.bincount(lines[:, 0])
    assert (len(sizes), sizes.max() - sizes.min()) == (7, 1)


@pytest.mark.parametrize(
    ("name", "message"), [("time", "at most 94 spans"), ("frequency", "at most 90 bands")]
)
def test_finer_than_the_picture_is_refused(name, message, analysis):
    with pytest.raises(ComponentError, match=message):
        SEGMENTERS.make(name, {"n_components": 100})(analysis)


@pytest.fixture(scope="module")
def clicks():
    """A click every half second, first at .25 s."""
    sr = 8_000
    y = 1e-4 * np.random.default_rng(0).standard_normal(8 * sr)
    for onset in range(sr // 4, len(y), sr // 2):
        y[onset : onset + 200] += np.hanning(200) * np.sin(np.arange(200))
    return analyse(y.astype(np.float32), sr, n_fft=1024, hop_length=256)


def test_beats_cut_where_the_beats_are(clicks):
    labels = SEGMENTERS.make("beats")(clicks)

    bounds = np.flatnonzero(np.diff(labels[0])) + 1
    seconds = bounds * 256 / 8_000
    assert labels[0, 0] == 0
    assert (labels == labels[0]).all()
    assert np.diff(seconds) == pytest.approx(0.5, abs=0.05)
    assert (seconds - 0.25) % 0.5 == pytest.approx(
        np.where((seconds - 0.25) % 0.5 > 0.25, 0.5, 0), abs=0.06
    )


def test_beats_are_taken_together_and_bounded(clicks):
    one = SEGMENTERS.make("beats")(clicks)[0]
    two = SEGMENTERS.make("beats", {"n_beats": 2})(clicks)[0]
    few = SEGMENTERS.make("beats", {"max_components": 5})(clicks)[0]

    beats = np.flatnonzero(np.diff(one)) + 1
    assert (np.flatnonzero(np.diff(two)) + 1).tolist() == beats[::2].tolist()
    assert 2 <= few.max() + 1 <= 5
    assert np.isin(np.flatnonzero(np.diff(few)) + 1, beats).all()


def test_beats_that_are_not_there_get_a_sentence():
    steady = analyse(np.full(16_000, 0.1, np.float32), 8_000, n_fft=1024, hop_length=256)

    with pytest.raises(ComponentError, match="beats must find 1 beat or more"):
        SEGMENTERS.make("beats")(steady)


@pytest.mark.parametrize("wanted", [20, 40])
def test_slic_numbers_from_zero_and_finds_about_as_many_as_wanted(wanted, analysis):
    labels = SEGMENTERS.make("slic", {"n_components": wanted})(analysis)

    assert labels.min() == 0
    assert abs(labels.max() + 1 - wanted) <= 0.3 * wanted


def test_hpss_parts_what_rings_from_what_strikes():
    sr = 8_000
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(3 * sr) / sr)
    clicks = np.zeros(3 * sr)
    clicks[sr // 2 :: sr] = 0.9
    both = analyse((tone + clicks).astype(np.float32), sr, n_fft=1024, hop_length=256)

    sources = SEGMENTERS.make("hpss", {"margin": 1.0})(both)

    assert sources.names == ("harmonic", "percussive")
    middle = slice(sr // 4, -sr // 4)
    for sound, truth in zip(sources.sounds, (tone, clicks), strict=True):
        assert np.corrcoef(sound[middle], truth[middle])[0, 1] > 0.9


def test_hpss_with_a_margin_leaves_a_residual(analysis):
    assert SEGMENTERS.make("hpss")(analysis).names == ("harmonic", "percussive", "residual")


def test_nmf_finds_two_notes(analysis):
    sources = SEGMENTERS.make("nmf", {"n_components": 2})(analysis)

    peaks = np.abs(np.fft.rfft(sources.sounds)).argmax(axis=1) / 3.0
    assert sorted(peaks) == pytest.approx([220, 1760], abs=2)
    assert sources.energy_shares[0] > sources.energy_shares[1]


@pytest.fixture
def stems(tmp_path):
    """Two stems and a recording that holds a little more than they do."""
    sr = 16_000
    time = np.arange(4 * sr) / sr
    sounds = {
        "bass": 0.2 * np.sin(2 * np.pi * 110 * time),
        "voice": 0.2 * np.sin(2 * np.pi * 880 * time) * np.clip(time - 1.5, 0, 1),
    }
    for name, sound in sounds.items():
        sf.write(tmp_path / f"{name}.wav", sound, sr, subtype="FLOAT")
    rest = 0.01 * np.sin(2 * np.pi * 300 * time)
    whole = Audio((sum(sounds.values()) + rest).astype(np.float32), sr)
    return tmp_path, whole, {**sounds, "residual": rest}


def cut_stems(folder, whole, *names):
    y = resample(cut_excerpt(whole, 1.0, 2.0), 8_000, 16_000)
    excerpt = analyse(y, 8_000, n_fft=1024, hop_length=256, start=1.0)
    return SEGMENTERS.make("stems", {"files": [str(folder / name) for name in names]})(excerpt)


def test_stems_are_the_files_over_the_excerpt_and_the_rest_is_the_residual(stems):
    folder, whole, truth = stems

    sources = cut_stems(folder, whole, "bass.wav", "voice.wav")

    assert sources.names == ("bass", "voice", "residual")
    for name, sound in zip(sources.names, sources.sounds, strict=True):
        expected = truth[name][16_000:48_000:2]
        assert sound[200:-200] == pytest.approx(expected[200:-200], abs=2e-3)


def test_stems_of_unequal_length_get_a_sentence(stems):
    folder, whole, truth = stems
    sf.write(folder / "short.wav", truth["bass"][:-1], 16_000)

    with pytest.raises(
        ComponentError,
        match=r"one length and rate: bass\.wav has 64000 samples at 16000 Hz, short\.wav 63999 at",
    ):
        cut_stems(folder, whole, "bass.wav", "short.wav")


def test_no_stems_get_a_sentence(analysis):
    with pytest.raises(ComponentError, match="stems must be given 1 file or more, got none"):
        SEGMENTERS.make("stems")(analysis)


def test_stems_that_end_before_the_excerpt_or_are_missing_get_a_sentence(stems):
    folder, whole, truth = stems
    sf.write(folder / "short.wav", truth["bass"][:20_000], 16_000)

    with pytest.raises(EngineError, match=r"1 to 3 s must lie within the recording's 0 to 1\.25 s"):
        cut_stems(folder, whole, "short.wav")
    with pytest.raises(EngineError, match=r"must exist, got 'none\.wav'"):
        cut_stems(folder, whole, "none.wav")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["a/x.wav", "b/x.wav"], "must have a file name each"),
        (["a/residual.wav"], "none of them residual"),
        ("x.wav", "stems.files must be a list, got 'x.wav'"),
        ([1], "stems.files must be a text, got 1"),
    ],
)
def test_wrong_lists_of_stems_get_a_sentence(files, message):
    with pytest.raises(ComponentError, match=message):
        SEGMENTERS.make("stems", {"files": files})


def test_grid_cuts_equal_rectangles(analysis):
    labels = SEGMENTERS.make("grid", {"n_times": 3, "n_bands": 2})(analysis)

    assert labels.max() == 5
    sizes = np.bincount(labels.ravel())
    assert sizes.max() / sizes.min() < 1.1
    assert labels[0, 0] == 0
    assert labels[-1, -1] == 5


def test_grid_finer_than_the_picture_is_refused(analysis):
    with pytest.raises(ComponentError, match="at most"):
        SEGMENTERS.make("grid", {"n_times": 100})(analysis)


@pytest.mark.parametrize("wanted", [15, 40])
def test_felzenszwalb_finds_about_as_many_components_as_wanted(wanted):
    rng = np.random.default_rng(0)
    sr = 16_000
    time = np.arange(10 * sr) / sr
    notes = [
        np.sin(2 * np.pi * hz * time) * np.exp(-4 * ((time - onset) % 10))
        for hz, onset in zip(rng.uniform(100, 3000, 60), rng.uniform(0, 10, 60), strict=True)
    ]
    y = (np.sum(notes, axis=0) / 60 + 1e-4 * rng.standard_normal(len(time))).astype(np.float32)
    picture = analyse(y, sr)

    labels = SEGMENTERS.make("felzenszwalb", {"n_components": wanted})(picture)

    assert abs(labels.max() + 1 - wanted) <= 0.15 * wanted


def test_felzenszwalb_with_the_papers_parameters_keeps_to_its_smallest_size(analysis):
    labels = SEGMENTERS.make("felzenszwalb", {"scale": 25.0, "min_size": 40})(analysis)

    assert np.bincount(labels.ravel()).min() >= 40
