from __future__ import annotations

import numpy as np
import pytest

from explain_engine.curves import choose_steps, count_curve_forwards, measure_curves


@pytest.mark.parametrize(("n", "n_points"), [(2, 3), (5, 6), (10, 11), (40, 11), (441, 11)])
def test_steps_go_from_nothing_to_everything(n, n_points):
    steps = choose_steps(n)

    assert (steps[0], steps[-1], len(steps)) == (0, n, n_points)
    assert (np.diff(steps) > 0).all()
    assert count_curve_forwards(n) == 2 * n_points


def test_areas_of_one_component_that_counts():
    weights = np.array([0.0, 0.0, 1.0, 0.0])

    curves = measure_curves(weights, "for", lambda masks: masks[:, 2].astype(float))

    assert curves.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curves.insertion.tolist() == [0, 1, 1, 1, 1]
    assert curves.deletion.tolist() == [1, 0, 0, 0, 0]
    assert (curves.insertion_area, curves.deletion_area) == (0.875, 0.125)


def test_against_begins_at_the_other_end():
    weights = np.array([3.0, -1.0, 2.0])
    seen = []

    measure_curves(weights, "against", lambda masks: seen.append(masks) or np.zeros(len(masks)))

    assert seen[0][4:].tolist() == [
        [False, False, False],
        [False, True, False],
        [False, True, True],
        [True, True, True],
    ]
