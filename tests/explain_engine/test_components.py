from __future__ import annotations

import numpy as np
import pytest

import explain_engine.components
from explain_engine.components import Components
from explain_engine.errors import ComponentError
from explain_engine.recipe import SEGMENTERS


@pytest.fixture(params=["grid", "felzenszwalb"])
def components(request, analysis) -> Components:
    return Components(analysis, SEGMENTERS.make(request.param)(analysis))


def error_db(error: np.ndarray, signal: np.ndarray) -> float:
    return 20 * np.log10(np.linalg.norm(error) / np.linalg.norm(signal))


def test_each_cell_belongs_to_one_component_and_shares_add_up(components):
    cells = components.cells.numpy()

    assert cells.shape == tuple(components.analysis.spectrum.shape)
    assert np.array_equal(np.unique(cells), np.arange(components.n))
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
    kept = Components(analysis, labels).mix(masks)
    monkeypatch.setattr(explain_engine.components, "MAX_SOUND_BYTES", 1)

    made = Components(analysis, labels).mix(masks)

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
        Components(analysis, change(labels))
