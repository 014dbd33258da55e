from __future__ import annotations

import numpy as np
import pytest
import torch

import explain_engine.components
from explain_engine.components import Components, Patches
from explain_engine.errors import ComponentError
from explain_engine.recipe import SEGMENTERS
from explain_engine.sources import Sources, cut_components, split_sources


@pytest.fixture(params=["grid", "felzenszwalb", "hpss"])
def components(request, analysis) -> Components:
    return cut_components(analysis, SEGMENTERS.make(request.param))


def error_db(error: np.ndarray, signal: np.ndarray) -> float:
    return 20 * np.log10(np.linalg.norm(error) / np.linalg.norm(signal))


def test_each_cell_belongs_to_one_patch(analysis):
    patches = Patches(analysis, SEGMENTERS.make("felzenszwalb")(analysis))
    cells = patches.cells.numpy()

    assert cells.shape == tuple(analysis.spectrum.shape)
    assert np.array_equal(np.unique(cells), np.arange(patches.n))
    assert patches.territory is patches.labels


def test_shares_of_area_and_energy_add_up(components):
    assert components.area_shares.sum() == pytest.approx(1)
    assert components.energy_shares.sum() == pytest.approx(1)


def test_all_on_is_the_excerpt(components):
    whole = components.mix(np.ones((1, components.n), bool))[0]

    assert error_db(whole - components.analysis.y, components.analysis.y) < -110


def test_kept_and_removed_add_up_to_the_original(components):
    masks = np.random.default_rng(0).random((5, components.n)) < 0.3
    original = components.resynthesise(np.ones((1, components.n), bool))[0]

    total = components.resynthesise(masks) + components.resynthesise(~masks)

    assert error_db(total - original, original) < -110


def test_all_off_is_silence(components):
    assert not components.mix(np.zeros((1, components.n), bool)).any()


def test_mix_equals_masking_the_spectrum(components):
    masks = np.random.default_rng(1).random((4, components.n)) < 0.5

    difference = components.mix(masks) - components.resynthesise(masks)

    assert np.abs(difference).max() < 1e-5


def test_too_many_sounds_to_keep_are_made_one_by_one(analysis, monkeypatch):
    labels = SEGMENTERS.make("grid")(analysis)
    masks = np.random.default_rng(2).random((20, 40)) < 0.5
    kept = Patches(analysis, labels).mix(masks)
    monkeypatch.setattr(explain_engine.components, "MAX_SOUND_BYTES", 1)

    made = Patches(analysis, labels).mix(masks)

    assert made.shape == kept.shape
    assert np.abs(made - kept).max() < 1e-5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels: labels[:-1], "must label the picture's"),
        (lambda labels: labels + 1, "must number its components 0 to n - 1"),
        (lambda labels: labels * 0, "must find 2 components or more, got 1"),
    ],
)
def test_labels_that_are_no_partition_are_refused(analysis, change, message):
    labels = SEGMENTERS.make("grid")(analysis)

    with pytest.raises(ComponentError, match=message):
        Patches(analysis, change(labels))


def test_soft_masks_part_each_cell_whatever_they_add_up_to(analysis):
    shares = np.random.default_rng(3).random((3, *analysis.spectrum.shape)).astype(np.float32)
    shares[:, :5] = 0

    sources = split_sources(analysis, shares, ("a", "b", "c"))

    expected = analysis.spectrum * torch.from_numpy(shares / np.maximum(shares.sum(0), 1e-9))
    expected[:, :5] = analysis.spectrum[:5] / 3
    sounds = analysis.stft.inverse(expected, analysis.n_samples).numpy()
    assert sources.sounds == pytest.approx(sounds, abs=1e-6)
    assert error_db(sources.sounds.sum(0) - analysis.y, analysis.y) < -110
    assert (sources.labels, sources.names) == (None, ("a", "b", "c"))
    assert sources.cell_shares.sum(axis=0) == pytest.approx(1, abs=1e-5)


def test_source_that_sounds_alone_holds_its_cells(analysis):
    low = np.zeros((2, *analysis.spectrum.shape), np.float32)
    low[0, :100], low[1, 100:] = 1, 1

    sources = split_sources(analysis, low, ("low", "high"))

    edge = analysis.front_end.band_of_bin()[100]
    assert (sources.territory[: edge - 5] == 0).all()
    assert (sources.territory[edge + 5 :] == 1).all()
    assert sources.find_extent(0) == tuple(slice(0, n) for n in analysis.picture.shape)


def test_blend_passes_gradients_through(components):
    gains = torch.full((1, components.n), 0.5, requires_grad=True)

    sound = components.blend(gains)
    (sound[0] @ torch.from_numpy(components.analysis.y)).backward()

    alone = components.resynthesise(np.eye(components.n, dtype=bool))
    assert gains.grad[0].numpy() == pytest.approx(alone @ components.analysis.y, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("sounds", "names", "message"),
    [
        (lambda y: np.stack([y, y]), ("a", "b"), "must add up to the excerpt"),
        (lambda y: np.stack([y, np.nan * y]), ("a", "b"), "must add up to the excerpt"),
        (lambda y: y[None], ("a",), "must find 2 components or more, got 1"),
        (lambda y: y[None], ("a", "b"), "must give named sources of shape"),
    ],
)
def test_sounds_that_are_no_sources_are_refused(analysis, sounds, names, message):
    with pytest.raises(ComponentError, match=message):
        Sources(analysis, sounds(analysis.y), names)
