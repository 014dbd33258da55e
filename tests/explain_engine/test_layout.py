from __future__ import annotations

import numpy as np
import pytest

from explain_engine.components import Patches
from explain_engine.layout import lay_out
from explain_engine.sources import Sources


def test_components_lie_where_their_cells_are(analysis):
    n_bands, n_frames = analysis.picture.shape
    labels = np.zeros((n_bands, n_frames), dtype=int)
    labels[:, n_frames // 2 :] = 1
    labels[n_bands // 2 :, n_frames // 2 :] = 2

    layout = lay_out(Patches(analysis, labels))

    assert layout.seconds == pytest.approx([0.75, 2.25, 2.25], abs=0.05)
    assert layout.heights == pytest.approx([0.5, 0.25, 0.75], abs=0.02)
    assert layout.areas == pytest.approx([0.5, 0.25, 0.25], abs=0.02)
    means = [analysis.brightness[labels == i].mean() for i in range(3)]
    assert layout.brightness == pytest.approx(means)


def test_sources_lie_everywhere(analysis):
    half = analysis.y / 2

    assert lay_out(Sources(analysis, np.stack([half, half]), ("one", "other"))) is None
