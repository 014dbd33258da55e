from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evalsite.analysis.intervals import jackknife_variance, t_interval, wilson_interval


def test_jackknife_variance_of_a_mean_is_the_squared_standard_error():
    x = np.array([1.0, 4.0, 2.0, 7.0])
    left_out = (x.sum() - x) / 3

    assert jackknife_variance(left_out) == pytest.approx(x.var(ddof=1) / 4, rel=1e-12)


def test_jackknife_variance_counts_idle_units_as_replicates():
    replicates = np.array([0.2, 0.5, 0.3])

    assert jackknife_variance(replicates, estimate=0.4, n_idle=2) == pytest.approx(
        jackknife_variance(np.array([0.2, 0.5, 0.3, 0.4, 0.4])), rel=1e-12
    )


@pytest.mark.parametrize("replicates", [[0.5], [], [0.5, math.nan]])
def test_jackknife_variance_is_undefined(replicates):
    assert math.isnan(jackknife_variance(np.array(replicates, dtype=float)))


def test_t_interval_of_a_mean_equals_scipy():
    x = np.array([1.0, 4.0, 2.0, 7.0])

    low, high, error = t_interval(x.mean(), x.var(ddof=1) / 4, df=3, level=0.9)

    expected = stats.t.interval(0.9, 3, loc=x.mean(), scale=stats.sem(x))
    assert (low, high) == pytest.approx(expected, rel=1e-12)
    assert error == pytest.approx(stats.sem(x), rel=1e-12)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (17, 36)])
def test_wilson_interval_equals_scipy(k, n):
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")

    assert wilson_interval(k / n, n, level=0.95) == pytest.approx(
        (expected.low, expected.high), abs=1e-12
    )
