from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evalsite.analysis.mixed import fit_linear_mixed, fit_ordinal_mixed
from evalsite.analysis.mixed import laplace as laplace_module
from evalsite.analysis.mixed.design import make_design
from evalsite.analysis.mixed.laplace import LaplaceLikelihood
from evalsite.analysis.mixed.thresholds import Cuts, code_answers, fit_thresholds
from tests.analysis.mixed.test_linear import CROSSED, CROSSED_FRAME, simulate
from tests.analysis.reference import load_case

WINE = load_case("20_clmm_wine")
WINE_FRAME = pd.DataFrame(WINE["data"])
WINE_NAMES = {"temp: warm": "tempwarm", "contact: yes": "contactyes"}


def simulate_answers(seed: int, *, effect: float = 0.8, sd: float = 0.8, **options) -> pd.DataFrame:
    """Answers 1..5 on a logistic scale, 20 listeners x 14 recordings."""
    frame = simulate(seed, sds=(sd, 1.0, 1e-9), **options)
    noise = np.random.default_rng(seed + 10_000).logistic(size=len(frame))
    hidden = frame["value"] - 4 + effect * (frame["condition"] == "kept") + noise
    return frame.assign(value=np.digitize(hidden, [-1.5, -0.5, 0.5, 1.5]) + 1.0)


def estimates_of(results) -> dict[str, float]:
    return {name: result.estimate for name, result in results.items()}


def test_wine_without_judges_equals_clm():
    model = fit_ordinal_mixed(WINE_FRAME, value="rating", fixed=["temp", "contact"], groups=())

    expected, tolerance = WINE["expected"], WINE["tolerance"]
    for name, result in {**model.thresholds, **model.effects}.items():
        reference = expected["clm"][WINE_NAMES.get(name, name)]
        assert result.estimate == pytest.approx(reference, abs=tolerance["clm"])
    assert model.log_likelihood == pytest.approx(expected["clm_loglik"], abs=1e-9)
    assert model.variances == {}
    assert model.effects["temp: warm"].population == "new judgments"


def test_wine_with_judges_equals_clmm():
    model = fit_ordinal_mixed(
        WINE_FRAME, value="rating", fixed=["temp", "contact"], groups=["judge"]
    )

    expected, tolerance = WINE["expected"], WINE["tolerance"]
    found = {**model.thresholds, **model.effects}
    for name, result in found.items():
        reference = expected["clmm_laplace"][WINE_NAMES.get(name, name)]
        assert result.estimate == pytest.approx(reference, abs=tolerance["clmm_coef"])
    assert [result.details["standard_error"] for result in found.values()] == pytest.approx(
        expected["clmm_laplace_se"], abs=tolerance["clmm_coef"]
    )
    assert model.variances["judge"].estimate == pytest.approx(
        expected["clmm_laplace_var"], abs=tolerance["var"]
    )
    assert model.log_likelihood == pytest.approx(
        expected["clmm_laplace_loglik"], abs=tolerance["loglik"]
    )
    assert model.n_levels == {"judge": 9}
    assert model.effects["temp: warm"].population == "new judges"


@pytest.mark.parametrize("kind", ["clm", "clmm"])
def test_crossed_groups_equal_r(kind):
    groups = ("listener", "recording") if kind == "clmm" else ()

    model = fit_ordinal_mixed(CROSSED_FRAME, value="rating", fixed=["condition"], groups=groups)

    expected, tolerance = CROSSED["expected"][kind], CROSSED["tolerance"]
    for name, result in {**model.thresholds, **model.effects}.items():
        assert result.estimate == pytest.approx(expected["estimates"][name], abs=tolerance[kind])
        assert result.details["standard_error"] == pytest.approx(
            expected["se"][name], abs=tolerance[kind]
        )
    assert estimates_of(model.variances) == pytest.approx(
        expected.get("variances", {}), abs=tolerance["clmm_variances"]
    )
    assert model.log_likelihood == pytest.approx(expected["loglik"], abs=tolerance["loglik"])


def test_thresholds_equal_statsmodels():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3)) * [1, 10, 0.1]
    answers = np.digitize(X @ [0.5, -0.03, 1.0] + rng.logistic(size=400), [-2, -1, 0, 1, 2])
    oracle = OrderedModel(answers, X, distr="logit").fit(method="bfgs", disp=False, gtol=1e-8)

    fit = fit_thresholds(answers, X)

    cuts = oracle.model.transform_threshold_params(oracle.params)[1:-1]
    assert fit.tau == pytest.approx(cuts, abs=1e-4)
    assert fit.beta == pytest.approx(oracle.params[:3], abs=1e-4)
    assert fit.log_likelihood == pytest.approx(oracle.llf, abs=1e-7)
    assert np.sqrt(np.diag(fit.covariance))[5:] == pytest.approx(oracle.bse[:3], rel=1e-3)


def test_thresholds_alone_are_the_log_odds_of_the_shares():
    answers, _ = code_answers(WINE_FRAME["rating"].to_numpy(dtype=float))

    fit = fit_thresholds(answers, np.empty((72, 0)))

    below = np.array([(WINE_FRAME["rating"] <= point).mean() for point in range(1, 5)])
    assert fit.tau == pytest.approx(special.logit(below), abs=1e-9)


def test_two_answers_are_a_logistic_regression():
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    answers = (x + rng.logistic(size=200) > 0).astype(np.intp)

    def loss(params):
        return -special.log_expit((2 * answers - 1) * (params[0] + params[1] * x)).sum()

    expected = optimize.minimize(loss, [0.0, 0.0], tol=1e-12).x

    fit = fit_thresholds(answers, x[:, None])

    assert [-fit.tau[0], fit.beta[0]] == pytest.approx(list(expected), abs=1e-5)


def test_derivatives_are_those_of_the_log_probability():
    answers, tau, eta, h = np.arange(4), np.array([-1.0, 0.2, 1.5]), np.full(4, 0.3), 1e-5
    cuts = Cuts.at(answers, tau, eta)

    up, down = (Cuts.at(answers, tau, eta + shift) for shift in (h, -h))

    edges = np.concatenate([[-np.inf], tau, [np.inf]])
    p = np.diff(special.expit(edges - 0.3))
    assert np.exp(cuts.log_p) == pytest.approx(p, abs=1e-14)
    assert cuts.score == pytest.approx((up.log_p - down.log_p) / (2 * h), abs=1e-8)
    assert cuts.weight == pytest.approx(-(up.score - down.score) / (2 * h), abs=1e-8)
    for j in range(3):
        raised, lowered = (Cuts.at(answers, tau + s * h * np.eye(3)[j], eta) for s in (1, -1))
        slope = (raised.log_p - lowered.log_p) / (2 * h)
        assert slope[j] == pytest.approx(cuts.by_upper[j], abs=1e-8)
        assert slope[j + 1] == pytest.approx(cuts.by_lower[j + 1], abs=1e-8)


def test_laplace_likelihood_is_near_the_integral():
    model = fit_ordinal_mixed(
        WINE_FRAME, value="rating", fixed=["temp", "contact"], groups=["judge"]
    )
    tau = np.array([*estimates_of(model.thresholds).values()])
    beta = [*estimates_of(model.effects).values()]
    sd = model.variances["judge"].details["standard_deviation"]
    answers, _ = code_answers(WINE_FRAME["rating"].to_numpy(dtype=float))
    eta = (WINE_FRAME[["temp", "contact"]] == ["warm", "yes"]).to_numpy() @ beta
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)

    given = np.array([Cuts.at(answers, tau, eta + sd * node).log_p for node in nodes])
    by_judge = [given[:, WINE_FRAME["judge"] == judge].sum(axis=1) for judge in range(1, 10)]
    exact = sum(special.logsumexp(one, b=weights / math.sqrt(2 * math.pi)) for one in by_judge)

    assert model.log_likelihood == pytest.approx(exact, abs=0.05)
    assert model.log_likelihood != pytest.approx(exact, abs=1e-6)


def test_only_the_order_of_the_answers_counts():
    frame = simulate_answers(0)
    before = fit_ordinal_mixed(frame, fixed=["condition"])

    after = fit_ordinal_mixed(
        frame.assign(value=frame["value"] ** 3).sample(frac=1, random_state=0), fixed=["condition"]
    )

    assert estimates_of(after.effects) == pytest.approx(estimates_of(before.effects), abs=1e-4)
    assert estimates_of(after.variances) == pytest.approx(estimates_of(before.variances), abs=1e-3)
    assert list(after.thresholds) == ["1|8", "8|27", "27|64", "64|125"]


def test_answers_read_backwards_turn_the_effect():
    frame = simulate_answers(1)
    before = fit_ordinal_mixed(frame, fixed=["condition"])

    after = fit_ordinal_mixed(frame.assign(value=6 - frame["value"]), fixed=["condition"])

    assert after.effects["condition: kept"].estimate == pytest.approx(
        -before.effects["condition: kept"].estimate, abs=1e-4
    )
    assert after.log_likelihood == pytest.approx(before.log_likelihood, abs=1e-6)


def test_intervals_cover_a_known_truth():
    covered = []
    for seed in range(24):
        model = fit_ordinal_mixed(
            simulate_answers(seed, n_listeners=12, n_recordings=10), fixed=["condition"]
        )
        effect = model.effects["condition: kept"]
        covered.append(effect.low <= 0.8 <= effect.high)

    assert sum(covered) >= 20
    assert effect.high - effect.low < 2.0


def test_ordinal_and_linear_models_agree_on_the_sign_and_its_certainty():
    frame = simulate_answers(2)

    ordinal = fit_ordinal_mixed(frame, fixed=["condition"]).effects["condition: kept"]
    linear = fit_linear_mixed(frame, fixed=["condition"]).fixed["condition: kept"]

    ratios = [result.estimate / result.details["standard_error"] for result in (ordinal, linear)]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.15)


def test_group_without_variance_ends_at_the_edge():
    models = [
        fit_ordinal_mixed(
            simulate_answers(seed, sd=1e-9, n_listeners=8, n_recordings=8), fixed=["condition"]
        )
        for seed in range(4)
    ]

    edges = [model for model in models if model.variances["listener"].estimate == 0]
    assert edges
    for model in edges:
        assert model.variances["listener"].reason == "at_zero"
        assert math.isnan(model.variances["listener"].low)
        assert model.effects["condition: kept"].low < model.effects["condition: kept"].high


def test_no_other_variances_are_likelier():
    n_edges = 0
    for seed in range(6):
        frame = simulate_answers(seed, sd=0.25, n_listeners=8, n_recordings=8)
        model = fit_ordinal_mixed(frame)
        n_edges += model.variances["listener"].estimate == 0
        design = make_design(
            frame, value="value", fixed=(), groups=("listener", "recording"), has_intercept=False
        )
        likelihood = LaplaceLikelihood(code_answers(design.y)[0], design)
        tau = np.array([*estimates_of(model.thresholds).values()])
        sds = [result.details["standard_deviation"] for result in model.variances.values()]
        best = likelihood.evaluate(tau, np.empty(0), np.array(sds))
        assert model.log_likelihood == pytest.approx(best, abs=1e-6)
        for first, second in itertools.product((0.0, 0.1, 0.3, 0.6, 1.0), repeat=2):
            assert likelihood.evaluate(tau, np.empty(0), np.array([first, second])) <= best + 1e-6
    assert n_edges < 6


def test_mode_is_where_the_gradient_vanishes():
    frame = simulate_answers(3, n_listeners=5, n_recordings=4)
    design = make_design(
        frame, value="value", fixed=(), groups=("listener", "recording"), has_intercept=False
    )
    answers, _ = code_answers(design.y)
    likelihood = LaplaceLikelihood(answers, design)
    tau = np.linspace(-1, 1, int(answers.max()))

    likelihood.evaluate(tau, np.empty(0), np.array([0.7, 1.1]))

    def joint(b):
        eta = 0.7 * b[:5][design.codes[0]] + 1.1 * b[5:][design.codes[1]]
        return -(Cuts.at(answers, tau, eta).log_p.sum() - b @ b / 2)

    best = optimize.minimize(joint, np.zeros(9), tol=1e-12).x
    assert likelihood.mode == pytest.approx(best, abs=1e-4)


def test_condition_that_always_gets_the_top_answer_is_separated():
    frame = simulate_answers(5)
    frame.loc[frame["condition"] == "kept", "value"] = 5.0

    assert fit_ordinal_mixed(frame, fixed=["condition"], groups=()).reason == "separated"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda frame: frame[:0], "no_data"),
        (lambda frame: frame.assign(value=3.0), "no_variation"),
        (lambda frame: frame.assign(listener="one"), "too_few_levels"),
        (lambda frame: frame.assign(value=(frame["condition"] == "kept") * 1.0), "separated"),
        (lambda frame: frame.assign(value=frame["listener"] % 3), "no_residual_left"),
    ],
)
def test_model_that_cannot_be_fitted_says_why(change, reason):
    frame = change(simulate_answers(4, n_listeners=8, n_recordings=8))
    fixed = ["condition"] if reason in ("separated", "no_data") else []

    model = fit_ordinal_mixed(frame, fixed=fixed)

    assert model.reason == reason
    assert math.isnan(model.log_likelihood)
    parts = itertools.chain(
        model.effects.values(), model.thresholds.values(), model.variances.values()
    )
    assert {result.reason for result in parts} == {reason}


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"fixed": ["age"]}, "frame needs the column 'age'"),
        ({"age": 3}, {"fixed": ["age"]}, "Fixed column 'age' is determined by the columns before"),
        ({"value": math.inf}, {}, "column 'value' must hold finite numbers"),
        ({}, {"confidence": 0}, "confidence must lie between 0 and 1, got 0"),
    ],
)
def test_model_refuses(change, options, message):
    with pytest.raises(ValueError, match=message):
        fit_ordinal_mixed(simulate_answers(0).assign(**change), **options)


def test_too_many_levels_are_refused(monkeypatch):
    monkeypatch.setattr(laplace_module, "MAX_LEVELS", 33)

    with pytest.raises(ValueError, match="must have at most 33 levels together, got 34"):
        fit_ordinal_mixed(simulate_answers(0))
