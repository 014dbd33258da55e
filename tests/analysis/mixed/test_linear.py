from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsite.analysis.mixed import criterion as criterion_module
from evalsite.analysis.mixed import fit_linear_mixed
from tests.analysis.reference import load_case

PENICILLIN = load_case("07_penicillin_lmm")
CROSSED = load_case("29_crossed_mixed_models")
CROSSED_FRAME = pd.DataFrame(CROSSED["data"])
GROUPS = ("listener", "recording")


def simulate(
    seed: int,
    *,
    n_listeners: int = 20,
    n_recordings: int = 14,
    sds: tuple[float, float, float] = (0.5, 0.8, 1.0),
    share_heard: float = 1.0,
    effect: float = 0.0,
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    listener, recording = np.divmod(np.arange(n_listeners * n_recordings), n_recordings)
    kept = (listener + recording) % 2
    value = (
        4
        + effect * kept
        + rng.normal(0, sds[0], n_listeners)[listener]
        + rng.normal(0, sds[1], n_recordings)[recording]
        + rng.normal(0, sds[2], len(listener))
    )
    frame = pd.DataFrame(
        {
            "listener": listener,
            "recording": recording,
            "condition": np.where(kept, "kept", "control"),
            "value": value,
        }
    )
    return frame[rng.random(len(frame)) < share_heard]


def compute_criterion_by_hand(frame: pd.DataFrame, variances: dict[str, float]) -> float:
    """-2 log L_REML from the covariance matrix of all values."""
    y = frame["value"].to_numpy()
    V = np.eye(len(y)) * variances["residual"]
    for group in GROUPS:
        codes = frame[group].to_numpy()
        V += variances[group] * (codes[:, None] == codes)
    ones = np.ones(len(y))
    Vi = np.linalg.inv(V)
    information = ones @ Vi @ ones
    rest = y - (ones @ Vi @ y) / information
    terms = np.linalg.slogdet(V)[1] + math.log(information) + rest @ Vi @ rest
    return float(terms + (len(y) - 1) * math.log(2 * math.pi))


def test_penicillin_equals_lme4():
    frame = pd.DataFrame(PENICILLIN["data"])

    model = fit_linear_mixed(frame, value="diameter", groups=("plate", "sample"))

    expected, tolerance = PENICILLIN["expected"], PENICILLIN["tolerance"]
    variances = {name: result.estimate for name, result in model.variances.items()}
    assert variances == pytest.approx(expected["variances"], abs=tolerance["variances"])
    intercept = model.fixed["(intercept)"]
    assert intercept.estimate == pytest.approx(expected["intercept"], abs=tolerance["fixed"])
    assert intercept.details["standard_error"] == pytest.approx(
        expected["se"], abs=tolerance["fixed"]
    )
    assert intercept.details["df"] == pytest.approx(expected["df"], abs=tolerance["df"])
    assert model.deviance == pytest.approx(expected["criterion"], abs=tolerance["criterion"])
    assert intercept.population == "new plates and new samples"
    assert not model.is_at_edge


def test_penicillin_by_maximum_likelihood_equals_lme4():
    """lmer(diameter ~ 1 + (1 | plate) + (1 | sample), REML = FALSE), lme4 1.1-31."""
    frame = pd.DataFrame(PENICILLIN["data"])

    model = fit_linear_mixed(frame, value="diameter", groups=("plate", "sample"), method="ml")

    variances = {name: result.estimate for name, result in model.variances.items()}
    expected = {"plate": 0.714992873521, "sample": 3.135192318832, "residual": 0.302425358074}
    assert variances == pytest.approx(expected, abs=1e-4)
    assert model.log_likelihood == pytest.approx(-166.0941743343, abs=1e-6)
    intercept = model.fixed["(intercept)"]
    assert intercept.estimate == pytest.approx(22.9722222222, abs=1e-6)
    assert intercept.details["standard_error"] == pytest.approx(0.7445962657, abs=1e-4)
    assert "ML; t interval" in intercept.method
    restricted = fit_linear_mixed(frame, value="diameter", groups=("plate", "sample"))
    assert restricted.log_likelihood == pytest.approx(-165.4302945, abs=1e-6)


def test_unbalanced_model_by_maximum_likelihood_equals_lme4():
    model = fit_linear_mixed(CROSSED_FRAME, fixed=("condition", "age"), method="ml")

    variances = {name: result.estimate for name, result in model.variances.items()}
    expected = {"listener": 0.180710012611, "recording": 1.229529510641, "residual": 1.012726128587}
    assert variances == pytest.approx(expected, abs=1e-3)
    assert model.log_likelihood == pytest.approx(-402.0910043585, abs=1e-6)
    age = model.fixed["age"]
    found = (age.estimate, age.details["standard_error"])
    assert found == pytest.approx((0.01053639875, 0.01214742565), abs=1e-6)


def test_an_unknown_likelihood_is_refused():
    with pytest.raises(ValueError, match="method must be one of reml, ml, got 'REML'"):
        fit_linear_mixed(CROSSED_FRAME, method="REML")


def test_unbalanced_model_with_fixed_effects_equals_lmer():
    model = fit_linear_mixed(CROSSED_FRAME, fixed=("condition", "age"))

    expected, tolerance = CROSSED["expected"]["lmm"], CROSSED["tolerance"]
    variances = {name: result.estimate for name, result in model.variances.items()}
    assert variances == pytest.approx(expected["variances"], abs=tolerance["variances"])
    assert model.deviance == pytest.approx(expected["criterion"], abs=tolerance["criterion"])
    assert list(model.fixed) == list(expected["fixed"])
    for name, (estimate, standard_error, df) in expected["fixed"].items():
        result = model.fixed[name]
        assert result.estimate == pytest.approx(estimate, abs=tolerance["fixed"])
        assert result.details["standard_error"] == pytest.approx(
            standard_error, abs=tolerance["fixed"]
        )
        assert result.details["df"] == pytest.approx(df, abs=tolerance["df"])


def test_variance_at_the_edge_equals_lmer_and_has_no_interval():
    model = fit_linear_mixed(
        CROSSED_FRAME, fixed=["condition"], groups=("listener:recording", *GROUPS)
    )

    expected, tolerance = CROSSED["expected"]["lmm_pair"], CROSSED["tolerance"]
    variances = {name: result.estimate for name, result in model.variances.items()}
    assert variances == pytest.approx(expected["variances"], abs=tolerance["variances"])
    assert model.deviance == pytest.approx(expected["criterion"], abs=tolerance["criterion"])
    assert model.is_at_edge
    for results in (model.variances, model.shares):
        edge = results["listener:recording"]
        assert (edge.estimate, edge.reason) == (0.0, "at_zero")
        assert math.isnan(edge.low)
        assert results["recording"].reason is None


def test_criterion_is_that_of_the_whole_covariance_matrix():
    frame = simulate(0, n_listeners=7, n_recordings=9, share_heard=0.7)

    model = fit_linear_mixed(frame)

    variances = {name: result.estimate for name, result in model.variances.items()}
    best = compute_criterion_by_hand(frame, variances)
    assert model.deviance == pytest.approx(best, abs=1e-8)
    for name in variances:
        for factor in (0.99, 1.01):
            moved = {**variances, name: variances[name] * factor}
            assert compute_criterion_by_hand(frame, moved) > best


def test_model_equals_statsmodels():
    frame = simulate(1, n_listeners=10, n_recordings=8, share_heard=0.9, effect=0.5)
    parts = {group: f"0 + C({group})" for group in GROUPS}
    oracle = smf.mixedlm(
        "value ~ condition", frame, groups=np.ones(len(frame)), vc_formula=parts
    ).fit(reml=True, method="powell")

    model = fit_linear_mixed(frame, fixed=["condition"])

    assert model.fixed["condition: kept"].estimate == pytest.approx(
        oracle.params["condition[T.kept]"], abs=1e-5
    )
    assert [model.variances[group].estimate for group in GROUPS] == pytest.approx(
        oracle.vcomp, abs=1e-5
    )
    assert model.deviance == pytest.approx(-2 * oracle.llf, abs=1e-6)


def test_balanced_variances_are_those_of_the_mean_squares():
    frame = simulate(2)
    table = frame.pivot(index="listener", columns="recording", values="value").to_numpy()
    k, n = table.shape
    residual = table - table.mean(0) - table.mean(1)[:, None] + table.mean()
    ms_residual = (residual**2).sum() / ((k - 1) * (n - 1))

    model = fit_linear_mixed(frame)

    assert model.variances["residual"].estimate == pytest.approx(ms_residual, rel=1e-5)
    assert model.variances["listener"].estimate == pytest.approx(
        table.mean(1).var(ddof=1) - ms_residual / n, rel=1e-4
    )
    assert model.variances["recording"].estimate == pytest.approx(
        table.mean(0).var(ddof=1) - ms_residual / k, rel=1e-4
    )


def test_intervals_cover_a_known_truth():
    truth = {"listener": 0.25, "recording": 0.64, "residual": 1.0}
    covered: dict[str, list[bool]] = {}
    for seed in range(80):
        model = fit_linear_mixed(simulate(seed, share_heard=0.9, effect=0.4), fixed=["condition"])
        checks = {"effect": (model.fixed["condition: kept"], 0.4)}
        checks["level"] = (model.fixed["(intercept)"], 4.0)
        for name, variance in truth.items():
            checks[f"variance {name}"] = (model.variances[name], variance)
            checks[f"share {name}"] = (model.shares[name], variance / 1.89)
        for name, (result, value) in checks.items():
            if result.reason is None:
                covered.setdefault(name, []).append(result.low <= value <= result.high)

    assert {name: len(found) >= 70 for name, found in covered.items()} == dict.fromkeys(
        covered, True
    )
    for found in covered.values():
        assert 0.87 <= np.mean(found) <= 1.0


def test_variance_almost_at_the_edge_has_no_interval():
    models = [fit_linear_mixed(simulate(seed, sds=(0.12, 0.8, 1.0))) for seed in range(12)]

    results = [model.variances["listener"] for model in models]
    assert any(result.estimate > 0 and result.reason == "at_zero" for result in results)
    for result in results:
        is_certain = result.details.get("df", 0) >= 1
        assert (result.reason is None) == is_certain == (not math.isnan(result.high))


def test_shares_add_up_and_keep_in_bounds():
    model = fit_linear_mixed(simulate(3))

    assert sum(result.estimate for result in model.shares.values()) == pytest.approx(1)
    for result in model.shares.values():
        assert 0 < result.low < result.estimate < result.high < 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_model_follows_the_unit_of_the_values(seed, scale, shift):
    frame = simulate(seed, n_listeners=6, n_recordings=6)
    before = fit_linear_mixed(frame)

    after = fit_linear_mixed(
        frame.sample(frac=1, random_state=seed).assign(
            value=lambda shuffled: shuffled["value"] * scale + shift
        )
    )

    for name, result in before.variances.items():
        assert after.variances[name].estimate == pytest.approx(
            result.estimate * scale**2, rel=1e-3, abs=1e-6 * scale**2
        )
    assert after.fixed["(intercept)"].estimate == pytest.approx(
        before.fixed["(intercept)"].estimate * scale + shift, abs=1e-4 * (scale + abs(shift))
    )


def test_products_made_anew_give_the_same_model(monkeypatch):
    frame = simulate(4, share_heard=0.6)
    stored = fit_linear_mixed(frame)

    monkeypatch.setattr(criterion_module, "MAX_STACK", 0)

    assert fit_linear_mixed(frame).deviance == pytest.approx(stored.deviance, abs=1e-9)


def test_values_left_out_change_nothing():
    frame = simulate(5)
    unheard = frame[:20].assign(value=np.nan, listener=999)

    assert fit_linear_mixed(pd.concat([frame, unheard])) == fit_linear_mixed(frame)


def test_one_group_is_a_random_intercept():
    frame = simulate(6)
    table = frame.pivot(index="listener", columns="recording", values="value").to_numpy()
    ms_within = table.var(axis=1, ddof=1).mean()

    model = fit_linear_mixed(frame, groups=["listener"])

    assert model.variances["residual"].estimate == pytest.approx(ms_within, rel=1e-5)
    assert model.fixed["(intercept)"].details["df"] == pytest.approx(19, rel=1e-3)


def test_categories_keep_their_order():
    frame = simulate(7).assign(
        condition=lambda f: pd.Categorical(f["condition"], categories=["kept", "control", "no"])
    )

    assert list(fit_linear_mixed(frame, fixed=["condition"]).fixed) == [
        "(intercept)",
        "condition: control",
    ]


def test_four_thousand_ratings_take_less_than_a_second():
    frame = simulate(8, n_listeners=50, n_recordings=160, share_heard=0.5)
    fit_linear_mixed(frame[:500])

    start = time.process_time()
    model = fit_linear_mixed(frame, fixed=["condition"])

    assert model.n > 3_800
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda frame: frame[:0], "no_data"),
        (lambda frame: frame.assign(value=3), "no_variation"),
        (lambda frame: frame.assign(listener="one"), "too_few_levels"),
        (lambda frame: frame.assign(listener=range(len(frame))), "no_residual_left"),
        (lambda frame: frame.assign(value=frame["listener"]), "no_residual_left"),
    ],
)
def test_model_that_cannot_be_fitted_says_why(change, reason):
    model = fit_linear_mixed(change(simulate(9)))

    assert model.reason == reason
    assert math.isnan(model.deviance)
    for results in (model.fixed, model.variances, model.shares):
        assert {result.reason for result in results.values()} == {reason}


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"groups": ()}, "groups must name at least one column, got none"),
        ({}, {"groups": ("singer",)}, "frame needs the column 'singer'"),
        ({}, {"groups": ("listener", "listener")}, "must name a column once"),
        ({}, {"fixed": ["age"]}, "frame needs the column 'age'"),
        ({"age": 3}, {"fixed": ["age"]}, "Fixed column 'age' is determined by the columns before"),
        ({"age": math.nan}, {"fixed": ["age"]}, "column 'age' must have no missing entries"),
        ({"listener": None}, {}, "column 'listener' must have no missing entries"),
        ({"value": math.inf}, {}, "column 'value' must hold finite numbers"),
        ({}, {"confidence": 95}, "confidence must lie between 0 and 1, got 95"),
    ],
)
def test_model_refuses(change, options, message):
    with pytest.raises(ValueError, match=message):
        fit_linear_mixed(simulate(0).assign(**change), **options)


def test_too_many_levels_are_refused():
    n = 11_000
    frame = pd.DataFrame(
        {"listener": np.arange(n) % 5_001, "recording": np.arange(n) % 5_500, "value": range(n)}
    )

    with pytest.raises(ValueError, match="must have at most 5000 levels together, got 5001"):
        fit_linear_mixed(frame)


def test_no_other_variances_are_likelier():
    n_edges = 0
    for seed in range(8):
        frame = simulate(seed, n_listeners=8, n_recordings=8, sds=(0.2, 0.5, 1.0))
        model = fit_linear_mixed(frame)
        n_edges += model.is_at_edge
        residual = model.variances["residual"].estimate
        for first in (0.0, 0.02, 0.1, 0.5, 2.0):
            for second in (0.0, 0.02, 0.1, 0.5, 2.0):
                for size in (0.8, 1.0, 1.25):
                    variances = {
                        "listener": first,
                        "recording": second,
                        "residual": residual * size,
                    }
                    assert compute_criterion_by_hand(frame, variances) >= model.deviance - 1e-7
    assert 0 < n_edges < 8


def test_small_variances_are_not_taken_for_none():
    """A search that is cut off at 0 stays there for one data set in five like these."""
    n_edges = 0
    for seed in range(19, 32):
        frame = simulate(seed, sds=(0.1, 0.1, 1.0))
        model = fit_linear_mixed(frame)
        n_edges += model.is_at_edge
        residual = model.variances["residual"].estimate
        for first, second in itertools.product((0.0, 0.003, 0.01, 0.03), repeat=2):
            variances = {"listener": first, "recording": second, "residual": residual}
            assert compute_criterion_by_hand(frame, variances) >= model.deviance - 1e-7
    assert 0 < n_edges < 13
