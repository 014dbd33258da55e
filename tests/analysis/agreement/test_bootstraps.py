"""Bootstraps on request: each draw is the coefficient of the pairs of distinct raters drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from evalsite.analysis.agreement import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    icc,
    kendall_w,
    krippendorff_alpha,
    percent_agreement,
)
from evalsite.analysis.agreement.brennan_prediger import expect_evenly
from evalsite.analysis.agreement.categories import list_categories
from evalsite.analysis.agreement.fleiss import expect_fleiss
from evalsite.analysis.agreement.gwet import expect_gwet
from evalsite.analysis.agreement.icc_anova import MeanSquares
from evalsite.analysis.agreement.two_way import BOOTSTRAPS, POPULATIONS
from evalsite.analysis.agreement.weights import make_weights
from tests.analysis.reference import load_case

DESIGNS = load_case("27_ci_coverage_simulation")["data"]["designs"]
CATEGORIES = [1.0, 2.0, 3.0, 4.0]
COEFFICIENTS = {
    "percent": percent_agreement,
    "fleiss": partial(fleiss_kappa, categories=CATEGORIES),
    "fleiss_ordinal": partial(fleiss_kappa, weights="ordinal", categories=CATEGORIES),
    "ac1": partial(gwet_ac1, categories=CATEGORIES),
    "ac2": partial(gwet_ac2, categories=CATEGORIES),
    "bp": partial(brennan_prediger, categories=CATEGORIES),
    "conger": partial(conger_kappa, categories=CATEGORIES, weights="linear"),
    "kendall": kendall_w,
    "icc_1": partial(icc, form="ICC(1)"),
    "icc_c": partial(icc, form="ICC(C,1)"),
    "icc_a": partial(icc, form="ICC(A,1)"),
}

ALPHAS = {
    f"alpha_{level}": partial(krippendorff_alpha, level=level)
    for level in ("nominal", "ordinal", "interval", "ratio")
}


def make_ratings() -> np.ndarray:
    """Six raters of ten items; a rater of some items only, every item rated by four or more."""
    rng = np.random.default_rng(3)
    wanted = rng.integers(1, 5, 10) + rng.integers(-1, 2, (6, 10))
    ratings = np.clip(wanted, 1, 4).astype(float)
    ratings[0, :3] = ratings[1, 3:5] = np.nan
    return ratings


def draw_matrices(ratings: np.ndarray, kind: str, n_resamples: int) -> Iterator:
    """Names of the raters drawn, and their ratings of the items drawn."""
    rng, (n_raters, n_items) = np.random.default_rng(7), ratings.shape
    for _ in range(n_resamples):
        raters, items = np.arange(n_raters), np.arange(n_items)
        if kind != "item_bootstrap":
            raters = rng.integers(n_raters, size=n_raters)
        if kind != "rater_bootstrap":
            items = rng.integers(n_items, size=n_items)
        yield raters, ratings[raters][:, items]


def pair(raters: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of rows that are of distinct raters."""
    return [(i, j) for i, j in permutations(range(len(raters)), 2) if raters[i] != raters[j]]


def agree(raters: np.ndarray, ratings: np.ndarray, weight: np.ndarray) -> float:
    """Mean over items of the mean weight of the pairs of distinct raters, pair by pair."""
    shares = []
    for column in ratings.T:
        found = [
            weight[int(column[i]) - 1, int(column[j]) - 1]
            for i, j in pair(raters)
            if not np.isnan(column[[i, j]]).any()
        ]
        if found:
            shares.append(np.mean(found))
    return float(np.mean(shares)) if shares else np.nan


def correct(name: str) -> Callable[[np.ndarray, np.ndarray], float]:
    rule = {"ac": expect_gwet, "fl": expect_fleiss, "bp": expect_evenly}[name[:2]]
    weight = make_weights(np.array(CATEGORIES), WEIGHTS.get(name, "unweighted"))

    def compute(raters: np.ndarray, ratings: np.ndarray) -> float:
        pi = list_categories(ratings, CATEGORIES)
        shares = (pi.counts / pi.counts.sum(axis=1, keepdims=True)).mean(axis=0)
        expected = rule(shares[None, :], weight)[0]
        return (agree(raters, ratings, weight) - expected) / (1 - expected)

    return compute


def correct_conger(raters: np.ndarray, ratings: np.ndarray) -> float:
    weight = make_weights(np.array(CATEGORIES), "linear")
    used = np.array(
        [[np.mean(row[~np.isnan(row)] == one) for one in CATEGORIES] for row in ratings]
    )
    expected = np.mean([used[i] @ weight @ used[j] for i, j in pair(raters)])
    return (agree(raters, ratings, weight) - expected) / (1 - expected)


def rank_alike(raters: np.ndarray, ratings: np.ndarray) -> float:
    """W = (1 + (m - 1) c / q) / m over pairs of distinct raters."""
    ranks = stats.rankdata(ratings, axis=1) - (ratings.shape[1] + 1) / 2
    pairs, m = pair(raters), len(raters)
    c = np.mean([ranks[i] @ ranks[j] for i, j in pairs])
    q = np.mean([ranks[i] @ ranks[i] for i, _ in pairs])
    return max(0.0, (1 + (m - 1) * c / q) / m)


def correlate(kind: str) -> Callable[[np.ndarray, np.ndarray], float]:
    """Variances from covariances of distinct raters, pair by pair."""

    def compute(raters: np.ndarray, ratings: np.ndarray) -> float:
        pairs, (k, n) = pair(raters), ratings.shape
        covariances, means = np.cov(ratings), ratings.mean(axis=1)
        between = np.mean([covariances[i, j] for i, j in pairs])
        residual = np.mean([covariances[i, i] for i, _ in pairs]) - between
        spread = np.mean([(means[i] - means[j]) ** 2 / 2 for i, j in pairs])
        rater = spread - residual / n
        if kind == "1":
            within = spread + (n - 1) / n * residual
            return (between - rater / k) / (between - rater / k + within)
        return between / (between + residual + (rater if kind == "A" else 0.0))

    return compute


WEIGHTS = {"ac2": "quadratic", "fleiss_ordinal": "ordinal"}
ORACLES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "percent": lambda raters, ratings: agree(raters, ratings, np.eye(4)),
    **{name: correct(name) for name in ("fleiss", "fleiss_ordinal", "ac1", "ac2", "bp")},
    "conger": correct_conger,
    "kendall": rank_alike,
    "icc_1": correlate("1"),
    "icc_c": correlate("C"),
    "icc_a": correlate("A"),
}
NEED_COMPLETE = ("kendall", "icc_1", "icc_c", "icc_a")


@pytest.mark.parametrize("kind", BOOTSTRAPS)
@pytest.mark.parametrize("name", list(COEFFICIENTS))
def test_interval_is_that_of_the_pairs_of_distinct_raters_drawn(name, kind):
    coefficient, ratings = COEFFICIENTS[name], make_ratings()
    if name in NEED_COMPLETE:
        ratings = ratings[2:]
    n_resamples = 150

    found = coefficient(
        ratings, interval=kind, n_resamples=n_resamples, rng=np.random.default_rng(7)
    )

    drawn = draw_matrices(ratings, kind, n_resamples)
    draws = np.array([ORACLES[name](*one) if len(set(one[0])) > 1 else np.nan for one in drawn])
    ends = np.nanquantile(draws, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-9)
    assert found.estimate == pytest.approx(
        ORACLES[name](np.arange(len(ratings)), ratings), abs=1e-12
    )
    assert found.population == POPULATIONS[kind]
    assert found.details["n_resamples"] == n_resamples


@pytest.mark.parametrize("kind", ["rater_bootstrap", "two_way_bootstrap"])
@pytest.mark.parametrize("name", [*COEFFICIENTS, *ALPHAS])
def test_noise_is_not_taken_for_agreement(name, kind):
    """A rater drawn twice agrees with itself: that must not count."""
    chance = {"percent": 0.25, "kendall": 1 / 8}.get(name, 0.0)
    hits, n_runs = 0, 40
    for seed in range(n_runs):
        rng = np.random.default_rng(seed)
        ratings = rng.integers(1, 5, (8, 60)).astype(float)
        coefficient = {**COEFFICIENTS, **ALPHAS}[name]
        found = coefficient(ratings, interval=kind, n_resamples=100, rng=rng)
        hits += found.low <= chance <= found.high

    assert hits >= 0.8 * n_runs


@pytest.mark.parametrize("position", range(len(DESIGNS)))
@pytest.mark.parametrize("name", ["alpha_interval", "icc_a"])
def test_two_way_bootstrap_covers_the_population_agreement(name, position):
    """In most studies, not in all: with few raters a percentile interval is short of its level."""
    design, coefficient = DESIGNS[position], {**COEFFICIENTS, **ALPHAS}[name]
    parts = [design[key] for key in ("var_item", "var_rater", "var_resid")]
    shape = design["raters"], design["items"]
    hits, n_runs, rng = 0, 60, np.random.default_rng(position)
    for _ in range(n_runs):
        item, rater, rest = (
            rng.normal(0, np.sqrt(part), size)
            for part, size in zip(parts, ((1, shape[1]), (shape[0], 1), shape), strict=True)
        )
        found = coefficient(
            item + rater + rest, interval="two_way_bootstrap", n_resamples=100, rng=rng
        )
        hits += found.low <= parts[0] / sum(parts) <= found.high

    assert hits / n_runs >= 0.8


@pytest.mark.parametrize("kind", ["1", "C", "A"])
def test_weighted_mean_squares_of_raters_who_count_once_are_the_mean_squares(kind):
    ratings = np.random.default_rng(4).normal(size=(5, 12)) + np.arange(12) / 4

    found = MeanSquares.weighted(ratings, np.ones(5), np.ones(12))

    whole = MeanSquares.of(ratings)
    for part in ("item", "rater", "within", "residual"):
        assert getattr(found, part) == pytest.approx(getattr(whole, part), abs=1e-12)
    assert found.correlate(kind) == pytest.approx(whole.correlate(kind), abs=1e-12)


@pytest.mark.parametrize("kind", ["rater_bootstrap", "two_way_bootstrap"])
def test_icc_with_missing_cells_refuses_to_draw_raters(kind):
    with pytest.raises(ValueError, match=f"interval '{kind}' needs complete ratings"):
        icc(make_ratings(), interval=kind, rng=np.random.default_rng(0))


def test_cohen_kappa_draws_items():
    ratings = np.nan_to_num(make_ratings()[2:4])
    options = {"weights": "linear", "categories": CATEGORIES}

    found = cohen_kappa(
        ratings,
        interval="item_bootstrap",
        n_resamples=150,
        rng=np.random.default_rng(7),
        **options,
    )

    drawn = draw_matrices(ratings, "item_bootstrap", 150)
    draws = [cohen_kappa(one, interval=None, **options).estimate for _, one in drawn]
    assert (found.low, found.high) == pytest.approx(np.nanquantile(draws, [0.025, 0.975]), abs=1e-9)


@pytest.mark.parametrize("coefficient", [percent_agreement, gwet_ac1, kendall_w])
def test_a_bootstrap_of_one_order_has_no_interval(coefficient):
    ratings = np.tile(np.arange(1.0, 6.0), (4, 1))
    found = coefficient(ratings, interval="item_bootstrap", rng=np.random.default_rng(0))
    assert (found.estimate, found.reason) == (1.0, "no_disagreement")
