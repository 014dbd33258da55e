from __future__ import annotations

import numpy as np
import pytest

from evalsite.analysis.accuracy import binomial_share
from tests.analysis.reference import load_case

CASE = load_case("21_binomial_identification")
A_TOL = CASE["tolerance"]["all"]


@pytest.mark.parametrize("name", list(CASE["expected"]["cases"]))
def test_share_equals_the_reference(name):
    expected = CASE["expected"]["cases"][name]
    k, n = expected["k"], expected["n"]

    greater = binomial_share(k, n, chance=0.5)
    both = binomial_share(k, n, chance=0.5, alternative="two-sided", interval="wilson")
    quarter = binomial_share(k, n, chance=0.25)

    assert greater.details["p_value"] == pytest.approx(expected["p_greater"], abs=A_TOL)
    assert both.details["p_value"] == pytest.approx(expected["p_two"], abs=A_TOL)
    assert quarter.details["p_value"] == pytest.approx(expected["p_greater_quarter"], abs=A_TOL)
    assert (greater.low, greater.high) == pytest.approx(expected["cp"], abs=A_TOL)
    assert (both.low, both.high) == pytest.approx(expected["wilson"], abs=A_TOL)
    assert greater.estimate == k / n


def test_no_answers_leave_the_share_undefined():
    result = binomial_share(0, 0, chance=0.5)

    assert np.isnan(result.estimate)
    assert result.reason == "no_data"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_correct": 5}, "n_correct must be at most n, got 5 of 4"),
        ({"n": 4.5}, "n must be a whole number of 0 or more, got 4.5"),
        ({"chance": 1.0}, "chance must lie between 0 and 1, got 1.0"),
        ({"alternative": "more"}, "alternative must be one of .*, got 'more'"),
        ({"interval": "wald"}, "interval must be one of .*, got 'wald'"),
    ],
)
def test_share_refuses(change, message):
    given = {"n_correct": 3, "n": 4, "chance": 0.5} | change

    with pytest.raises(ValueError, match=message):
        binomial_share(given.pop("n_correct"), given.pop("n"), **given)
