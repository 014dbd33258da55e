"""The bench's recordings hold what they are said to hold."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.planted_evidence import KINDS, MIN_EFFECT, find_evidence, make_evidence


def test_spans_hold_the_dissonance_that_the_model_hears():
    evidence = next(find_evidence("dissonance in two spans"))

    frames = np.flatnonzero(evidence.truth.mean(axis=0) > 0.05) / 31.25
    assert evidence.effect >= MIN_EFFECT
    assert evidence.truth.shape == (149, 313)
    assert frames.min() > 0.2
    assert frames.max() < 10.0
    assert len(frames) / 313 < 0.7
    assert np.abs(evidence.audio.y).max() == pytest.approx(0.7, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_is_the_same_every_time(kind):
    first, again = make_evidence(kind, 0), make_evidence(kind, 0)

    assert np.array_equal(first.audio.y, again.audio.y)
    assert np.array_equal(first.truth, again.truth)
    assert 0.02 < first.truth.mean() < 0.6


def test_cells_are_scored_by_their_part_of_the_weight():
    evidence = make_evidence("melody in a band", 0)
    fine = np.where(evidence.truth, 1, 0)

    assert evidence.score_cells(np.array([0.0, 1.0]), fine) == 1.0
    assert evidence.score_cells(np.array([1.0, 0.0]), fine) == 0.0
    assert evidence.score_cells(np.array([1.0]), np.zeros_like(fine)) == 0.5
