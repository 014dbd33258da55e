from __future__ import annotations

import numpy as np
import pytest

from explain_engine.analysis import analyse
from explain_engine.components import Components
from explain_engine.errors import ComponentError
from explain_engine.recipe import SEGMENTERS


@pytest.mark.parametrize("name", SEGMENTERS.names())
def test_every_segmenter_partitions_the_picture_alike_each_time(name, analysis):
    segmenter = SEGMENTERS.make(name)

    labels = segmenter(analysis)

    assert labels.shape == analysis.picture.shape
    assert Components(analysis, labels).n >= 2
    assert np.array_equal(labels, segmenter(analysis))


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
