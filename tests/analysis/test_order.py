"""Effects of order come back as planted; what the design cannot tell apart is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from evalsite.analysis.order import estimate_carry_over, estimate_drift, estimate_slope


def draw_study(
    rng: np.random.Generator,
    *,
    drift: float = 0.0,
    carry: float = 0.0,
    n_listeners: int = 20,
    is_fixed: bool = False,
) -> pd.DataFrame:
    """Twelve items in two conditions, each listener in an order of their own."""
    conditions = np.tile(["kept", "control"], 6)
    levels = rng.normal(size=12) + (conditions == "kept")
    rows = []
    for listener in range(n_listeners):
        order = np.arange(12) if is_fixed else rng.permutation(12)
        own, previous = rng.normal(), None
        for place, item in enumerate(order):
            value = levels[item] + own + rng.normal(0, 0.7)
            value += drift * place / 11 + carry * (previous == "kept")
            rows.append((listener, item, place + 1, value, previous))
            previous = conditions[item]
    return pd.DataFrame(rows, columns=["listener", "item", "position", "value", "previous"])


def test_the_slope_is_that_of_a_regression_with_dummies():
    study = draw_study(np.random.default_rng(0), drift=1.0).iloc[:-7]
    fit = smf.ols("value ~ position + C(listener) + C(item)", study).fit()

    found = estimate_drift(study)

    assert found.details["per_trial"] == pytest.approx(fit.params["position"], abs=1e-9)
    assert found.estimate == pytest.approx(11 * fit.params["position"], abs=1e-9)
    assert found.details["n_trials"] == 12


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    n_studies, held = 150, {"drift": 0, "carry": 0}
    for _ in range(n_studies):
        drift = estimate_drift(draw_study(rng, drift=0.8))
        carry = estimate_carry_over(
            draw_study(rng, carry=-0.5), condition="kept", baseline="control"
        )
        held["drift"] += drift.low <= 0.8 <= drift.high
        held["carry"] += carry.low <= -0.5 <= carry.high

    assert min(held.values()) / n_studies >= 0.9


def test_one_order_for_all_cannot_be_told_from_the_items():
    found = estimate_drift(draw_study(np.random.default_rng(2), is_fixed=True))

    assert found.reason == "given_by_design"
    assert not found.is_defined


def test_levels_of_listeners_and_items_are_no_drift():
    study = draw_study(np.random.default_rng(3))
    level = 5 * study["listener"] - 3 * study["item"]

    moved = estimate_drift(study.assign(value=study["value"] + level))

    assert moved.estimate == pytest.approx(estimate_drift(study).estimate, abs=1e-8)


@pytest.mark.parametrize(
    ("n_listeners", "reason"), [(0, "no_data"), (1, "given_by_design"), (20, None)]
)
def test_too_little_data_is_a_reason(n_listeners, reason):
    study = draw_study(np.random.default_rng(4)).query("listener < @n_listeners")

    assert estimate_drift(study).reason == reason


def test_equal_values_have_no_interval():
    study = draw_study(np.random.default_rng(5)).assign(value=4.0)

    found = estimate_drift(study)

    assert found.estimate == pytest.approx(0, abs=1e-12)
    assert found.reason == "no_variation"


def test_who_gives_no_value_is_left_out():
    study = draw_study(np.random.default_rng(6))
    study.loc[::3, "value"] = np.nan

    found = estimate_slope(study.assign(x=study["position"]), method="m")

    assert found == estimate_slope(
        study.dropna(subset="value").assign(x=study["position"]), method="m"
    )
