"""Each replicate of the fast paths equals alpha of the data it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from evalsite.analysis.agreement import (
    alpha_bootstrap,
    alpha_ordinal,
    distances,
    krippendorff_alpha,
)
from evalsite.analysis.agreement.alpha_bootstrap import bootstrap_alpha
from evalsite.analysis.agreement.alpha_jackknife import jackknife_fixed_alpha
from evalsite.analysis.agreement.alpha_linear import linearize_alpha
from evalsite.analysis.agreement.alpha_ordinal import jackknife_ordinal_alpha
from evalsite.analysis.agreement.ratings import list_pairable_ratings

LEVELS = ("nominal", "ordinal", "interval", "ratio")


def make_ratings(seed: int, *, share_missing: float = 0.4) -> np.ndarray:
    """Every item is rated twice or more, every rater rates such an item."""
    rng = np.random.default_rng(seed)
    ratings = rng.integers(0, 6, (rng.integers(4, 8), rng.integers(6, 16))).astype(float)
    ratings[rng.random(ratings.shape) < share_missing] = np.nan
    ratings = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    return ratings[(~np.isnan(ratings)).any(axis=1)]


def alpha_of(ratings: np.ndarray, level: str) -> float:
    return krippendorff_alpha(ratings, level=level, interval=None).estimate


def jackknife(ratings: np.ndarray, level: str) -> tuple[np.ndarray, np.ndarray]:
    leave_out = jackknife_ordinal_alpha if level == "ordinal" else jackknife_fixed_alpha
    return leave_out(list_pairable_ratings(ratings), level=level)


def assert_jackknife_equals_deletion(ratings: np.ndarray, level: str) -> None:
    by_item, by_rater = jackknife(ratings, level)
    items = [alpha_of(np.delete(ratings, i, 1), level) for i in range(ratings.shape[1])]
    raters = [alpha_of(np.delete(ratings, r, 0), level) for r in range(ratings.shape[0])]
    np.testing.assert_allclose(by_item, items, rtol=0, atol=1e-9)
    np.testing.assert_allclose(by_rater, raters, rtol=0, atol=1e-9)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(6))
def test_jackknife_equals_deleting_items_and_raters(level, seed):
    assert_jackknife_equals_deletion(make_ratings(seed, share_missing=0.1 * seed), level)


@pytest.mark.parametrize("level", LEVELS)
def test_jackknife_of_pairs_drops_the_other_rating_too(level):
    ratings = np.full((5, 10), np.nan)
    for item in range(10):
        ratings[[item % 5, (item + 1 + item // 5) % 5], item] = [item % 3, item % 4]

    assert_jackknife_equals_deletion(ratings, level)


@pytest.mark.parametrize("level", LEVELS)
def test_jackknife_is_undefined_where_the_rest_does_not_vary(level):
    ratings = np.array([[1.0, 1, 1, 2], [1, 1, 1, 3], [1, 1, 1, 2]])

    by_item, _ = jackknife(ratings, level)

    np.testing.assert_array_equal(np.isnan(by_item), [False, False, False, True])


@pytest.mark.parametrize("level", LEVELS)
def test_jackknife_does_not_depend_on_its_block_size(level, monkeypatch):
    ratings = make_ratings(3)
    whole = jackknife(ratings, level)

    monkeypatch.setattr(distances, "BLOCK", 12)
    monkeypatch.setattr(alpha_ordinal, "BLOCK", 12)
    monkeypatch.setattr(alpha_ordinal, "DENSE_VALUES", 0)

    for blocked, expected in zip(jackknife(ratings, level), whole, strict=True):
        np.testing.assert_allclose(blocked, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_contributions_are_the_slopes_in_the_items_weights(level):
    """Of R = n W / D, which an item that counts 1 + h times changes by h times its slope."""
    ratings = np.random.default_rng(8).integers(1, 6, (4, 12)).astype(float)
    pairable = list_pairable_ratings(ratings)
    step, alpha = 1e-6, alpha_of(ratings, level)

    found = linearize_alpha(pairable, level=level, estimate=alpha)

    def measure(of_item):
        values, codes = pairable.coded
        n_per_value = np.bincount(codes, of_item[pairable.item])
        if level == "ordinal":
            values = distances.midranks_of_codes(n_per_value)
        kind = "interval" if level == "ordinal" else level
        to_item = distances.sum_distances(values, codes, pairable.item, 12, level=kind)
        within = (of_item[pairable.item] * to_item).sum() / 3
        everyone = np.zeros(len(values), dtype=int)
        places = np.arange(len(values))
        to_pool = distances.sum_distances(
            values, places, everyone, 1, level=kind, weights=n_per_value
        )
        return n_per_value.sum() * within / (n_per_value @ to_pool)

    for item in range(12):
        ahead, behind = np.ones(12), np.ones(12)
        ahead[item], behind[item] = 1 + step, 1 - step
        slope = (measure(ahead) - measure(behind)) / (2 * step)
        assert found[item] == pytest.approx(alpha - 12 * slope, abs=1e-7)
    assert found.mean() == pytest.approx(alpha)


@pytest.mark.parametrize("level", LEVELS)
def test_item_bootstrap_equals_alpha_of_the_drawn_ratings(level):
    ratings = make_ratings(1)
    n_items = ratings.shape[1]
    draws = bootstrap_alpha(
        list_pairable_ratings(ratings),
        level=level,
        kind="item_bootstrap",
        n_resamples=40,
        rng=np.random.default_rng(5),
    )

    rng = np.random.default_rng(5)
    expected = [alpha_of(ratings[:, rng.integers(n_items, size=n_items)], level) for _ in range(40)]
    np.testing.assert_allclose(draws, expected, rtol=0, atol=1e-9)


def alpha_of_distinct(ratings: np.ndarray, raters: np.ndarray, items: np.ndarray, level: str):
    """Alpha of drawn raters and items, pair by pair, none of a rating with itself."""
    drawn = ratings[raters][:, items]
    listed = []
    for u, column in enumerate(drawn.T):
        rated = [i for i in range(len(raters)) if not np.isnan(column[i])]
        if len({raters[i] for i in rated}) > 1:
            listed += [(items[u], raters[i], u, column[i]) for i in rated]
    values = np.unique([one[3] for one in listed])
    counts = np.array([sum(one[3] == value for one in listed) for value in values], dtype=float)
    ranks = dict(zip(values, np.cumsum(counts) - counts / 2, strict=True))
    distance = {
        "nominal": lambda a, b: float(a != b),
        "ordinal": lambda a, b: (ranks[a] - ranks[b]) ** 2,
        "interval": lambda a, b: (a - b) ** 2,
        "ratio": lambda a, b: ((a - b) / (a + b)) ** 2 if a + b else 0.0,
    }[level]
    within = 0.0
    for u in {one[2] for one in listed}:
        own = [one for one in listed if one[2] == u]
        pairs = [distance(a[3], b[3]) for a in own for b in own if a[1] != b[1]]
        within += len(own) * np.mean(pairs)
    pool = [distance(a[3], b[3]) for a in listed for b in listed if a[:2] != b[:2]]
    return 1 - within / len(listed) / np.mean(pool) if np.any(pool) else np.nan


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", ["rater_bootstrap", "two_way_bootstrap"])
def test_bootstrap_over_raters_pairs_distinct_raters_alone(level, kind):
    ratings = make_ratings(1)
    n_raters, n_items = ratings.shape
    draws = bootstrap_alpha(
        list_pairable_ratings(ratings),
        level=level,
        kind=kind,
        n_resamples=25,
        rng=np.random.default_rng(5),
    )

    rng, expected = np.random.default_rng(5), []
    for _ in range(25):
        raters, items = rng.integers(n_raters, size=n_raters), np.arange(n_items)
        if kind == "two_way_bootstrap":
            items = rng.integers(n_items, size=n_items)
        expected.append(alpha_of_distinct(ratings, raters, items, level))
    np.testing.assert_allclose(draws, expected, rtol=0, atol=1e-9)


def test_ordinal_bootstrap_of_few_values_equals_that_of_many(monkeypatch):
    pairable = list_pairable_ratings(make_ratings(4))
    options = {"level": "ordinal", "kind": "item_bootstrap", "n_resamples": 30}
    few = bootstrap_alpha(pairable, **options, rng=np.random.default_rng(0))

    monkeypatch.setattr(alpha_bootstrap, "FEW_VALUES", 0)
    many = bootstrap_alpha(pairable, **options, rng=np.random.default_rng(0))

    np.testing.assert_allclose(few, many, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["item_bootstrap", "rater_bootstrap", "two_way_bootstrap"])
def test_bootstrap_interval_comes_back_with_its_seed(kind):
    ratings = make_ratings(2)

    one, other = (
        krippendorff_alpha(ratings, level="ordinal", interval=kind, rng=np.random.default_rng(11))
        for _ in range(2)
    )

    assert one == other
    assert one.low < one.estimate < one.high


def test_bootstrap_of_fragile_ratings_has_no_interval():
    ratings = np.array([[1.0, 1, 1, 1], [1, 1, 1, 2], [1, 1, 1, 1]])

    result = krippendorff_alpha(
        ratings, level="nominal", interval="item_bootstrap", rng=np.random.default_rng(0)
    )

    assert result.reason == "one_rater_or_item_decides"
    assert result.details["n_undefined"] > 50


def test_bootstrap_of_perfect_agreement_has_no_interval():
    result = krippendorff_alpha(
        [[1, 2, 3, 4, 5, 6, 7, 8]] * 3,
        level="interval",
        interval="item_bootstrap",
        rng=np.random.default_rng(0),
    )

    assert (result.estimate, result.reason) == (1.0, "no_disagreement")
