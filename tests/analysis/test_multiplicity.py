"""Adjusted p values: by hand, against SciPy and statsmodels, and what never changes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evalsite.analysis.multiplicity import METHODS, adjust_p_values

# Benjamini & Hochberg (1995), section 4: fifteen hypotheses, in their order.
THROMBOLYSIS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]
PEERS = {"holm": "holm", "bh": "fdr_bh", "by": "fdr_by"}
p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_holm_by_hand():
    found = adjust_p_values([0.01, 0.04, 0.03, 0.005], method="holm")

    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=1e-15)


def test_published_hypotheses_are_rejected_as_in_the_paper():
    """The paper rejects four at a false discovery rate of 5 %, three by Bonferroni's family."""
    assert (adjust_p_values(THROMBOLYSIS, method="bh") <= 0.05).sum() == 4
    assert (adjust_p_values(THROMBOLYSIS, method="holm") <= 0.05).sum() == 3


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_values_equal_statsmodels(method):
    expected = multipletests(THROMBOLYSIS, method=PEERS[method])[1]

    assert adjust_p_values(THROMBOLYSIS, method=method) == pytest.approx(expected, abs=1e-12)


@given(p_lists)
def test_false_discovery_rates_equal_scipy(p_values):
    for method in ("bh", "by"):
        expected = stats.false_discovery_control(p_values, method=method)
        assert adjust_p_values(p_values, method=method) == pytest.approx(expected, abs=1e-12)


@given(p_lists, st.sampled_from(METHODS), st.randoms())
def test_order_changes_nothing_and_no_value_falls(p_values, method, random):
    order = list(range(len(p_values)))
    random.shuffle(order)

    found = adjust_p_values(p_values, method=method)
    shuffled = adjust_p_values([p_values[k] for k in order], method=method)

    assert shuffled == pytest.approx(found[order], abs=1e-15)
    assert (found >= np.array(p_values) - 1e-15).all()


def test_a_test_without_a_p_value_is_no_member_of_the_family():
    found = adjust_p_values([0.01, math.nan, 0.04])

    assert found == pytest.approx([0.02, math.nan, 0.04], nan_ok=True)
    assert adjust_p_values([]).tolist() == []


@pytest.mark.parametrize(
    ("p_values", "options", "sentence"),
    [
        ([0.2, 1.5], {}, "p_values must lie between 0 and 1, got 1.5."),
        ([-0.1], {}, "p_values must lie between 0 and 1, got -0.1."),
        ([[0.1]], {}, "p_values must have one dimension, got 2."),
        ([0.1], {"method": "bonferroni"}, "method must be one of holm, bh, by, got 'bonferroni'."),
    ],
)
def test_bad_input_is_refused_with_a_sentence(p_values, options, sentence):
    with pytest.raises(ValueError, match=sentence.replace("[", "\\[")):
        adjust_p_values(p_values, **options)
