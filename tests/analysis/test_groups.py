from __future__ import annotations

from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.agreement import gwet_ac1, icc, krippendorff_alpha
from evalsite.analysis.groups import compare_groups, count_splits, describe_groups

ALPHA = partial(krippendorff_alpha, level="interval")
GROUPS = ["musician"] * 6 + ["other"] * 6


def draw_ratings(
    rng: np.random.Generator, *, noise: tuple[float, float], sizes: tuple[int, int] = (6, 6)
) -> np.ndarray:
    """Raters of two groups rate 15 items with the noise of their group."""
    spread = np.repeat(noise, sizes)[:, None]
    return rng.normal(size=15) + spread * rng.normal(size=(sum(sizes), 15))


def test_groups_are_described_by_the_coefficient_itself():
    ratings = draw_ratings(np.random.default_rng(0), noise=(0.5, 1.0))
    groups = [*GROUPS[:-1], None]

    described = describe_groups(ratings, groups, coefficient=ALPHA)

    assert described == {
        "musician": krippendorff_alpha(ratings[:6], level="interval"),
        "other": krippendorff_alpha(ratings[6:11], level="interval"),
    }


def test_test_is_exact_over_all_924_splits():
    ratings = draw_ratings(np.random.default_rng(1), noise=(0.6, 1.1))

    compared = compare_groups(ratings, GROUPS, first="musician", second="other", coefficient=ALPHA)

    def alpha(rows):
        return krippendorff_alpha(ratings[list(rows)], level="interval", interval=None).estimate

    splits = [
        alpha(rows) - alpha(set(range(12)) - set(rows)) for rows in combinations(range(12), 6)
    ]
    far = np.abs(splits) >= abs(compared.difference.estimate) - 1e-12
    assert compared.difference.details["n_splits"] == 924
    assert compared.difference.details["is_exact"] is True
    assert compared.difference.details["p_value"] == pytest.approx(far.mean(), abs=1e-12)


def test_difference_and_its_errors_follow_the_formulas():
    ratings = draw_ratings(np.random.default_rng(2), noise=(0.6, 1.1))

    compared = compare_groups(ratings, GROUPS, first="musician", second="other", coefficient=ALPHA)

    def alpha(part):
        return krippendorff_alpha(part, level="interval", interval=None).estimate

    def spread(replicates):
        return len(replicates) ** -1 * (len(replicates) - 1) * np.var(replicates) * len(replicates)

    one, two = ratings[:6], ratings[6:]
    items = [alpha(np.delete(one, i, 1)) - alpha(np.delete(two, i, 1)) for i in range(15)]
    raters = [[alpha(np.delete(part, r, 0)) for r in range(6)] for part in (one, two)]
    details = compared.difference.details
    assert compared.difference.estimate == pytest.approx(alpha(one) - alpha(two), abs=1e-12)
    assert details["standard_error_items"] ** 2 == pytest.approx(spread(items), rel=1e-9)
    assert details["standard_error_raters"] ** 2 == pytest.approx(
        spread(raters[0]) + spread(raters[1]), rel=1e-9
    )
    assert compared.first.estimate - compared.second.estimate == compared.difference.estimate


def test_swapping_the_groups_turns_the_difference_round():
    ratings = draw_ratings(np.random.default_rng(3), noise=(0.5, 1.5))

    there = compare_groups(ratings, GROUPS, first="musician", second="other", coefficient=ALPHA)
    back = compare_groups(ratings, GROUPS, first="other", second="musician", coefficient=ALPHA)

    assert back.difference.estimate == -there.difference.estimate
    assert back.difference.low == pytest.approx(-there.difference.high, abs=1e-12)
    assert back.difference.details["p_value"] == there.difference.details["p_value"]


def test_random_splits_come_close_to_all_splits_and_repeat_with_their_seed():
    ratings = draw_ratings(np.random.default_rng(4), noise=(0.8, 1.2), sizes=(9, 9))
    groups = ["a"] * 9 + ["b"] * 9

    first, second = (
        compare_groups(
            ratings,
            groups,
            first="a",
            second="b",
            coefficient=ALPHA,
            rng=np.random.default_rng(9),
            n_permutations=300,
        )
        for _ in "12"
    )

    assert count_splits(9, 9) == 48_620
    assert first == second
    assert first.difference.details["is_exact"] is False
    assert first.difference.details["n_splits"] == 300


@pytest.mark.parametrize("coefficient", [partial(icc, form="ICC(A,1)"), gwet_ac1])
def test_other_coefficients_compare_too(coefficient):
    ratings = np.round(draw_ratings(np.random.default_rng(5), noise=(0.3, 1.2), sizes=(4, 4)))

    compared = compare_groups(
        ratings, ["a"] * 4 + ["b"] * 4, first="a", second="b", coefficient=coefficient
    )

    assert compared.difference.low < compared.difference.estimate < compared.difference.high
    assert compared.difference.details["n_splits"] == 70


def test_equal_groups_are_seldom_called_different_and_the_interval_covers_their_difference():
    rng = np.random.default_rng(6)
    covered, rejected, runs = 0, 0, 100
    for _ in range(runs):
        ratings = draw_ratings(rng, noise=(1.0, 1.0), sizes=(4, 4))
        result = compare_groups(
            ratings, ["a"] * 4 + ["b"] * 4, first="a", second="b", coefficient=ALPHA
        ).difference
        covered += result.low <= 0 <= result.high
        rejected += result.details["p_value"] <= 0.05

    assert 0.92 <= covered / runs <= 1
    assert rejected / runs <= 0.09  # .05 and two Monte-Carlo errors


def test_groups_that_differ_are_found():
    ratings = draw_ratings(np.random.default_rng(7), noise=(0.3, 2.0))

    result = compare_groups(
        ratings, GROUPS, first="musician", second="other", coefficient=ALPHA
    ).difference

    assert result.low > 0
    assert result.details["p_value"] < 0.01


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        (["a"] * 11 + ["b"], "one_group_undefined"),
        (["a"] * 10 + ["b"] * 2, "too_few_raters"),
    ],
)
def test_difference_without_enough_raters_has_a_reason(groups, reason):
    ratings = draw_ratings(np.random.default_rng(8), noise=(1.0, 1.0))

    result = compare_groups(ratings, groups, first="a", second="b", coefficient=ALPHA).difference

    assert result.reason == reason
    assert np.isnan([result.low, result.high]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"second": "musician"}, "first and second must differ, got 'musician' twice"),
        ({"second": "teacher"}, "group 'teacher' has no rater"),
        ({"n_permutations": 10}, "n_permutations must be 100 or more, got 10"),
        ({"groups": GROUPS[:3]}, "one group a rater, got 3 of 12"),
        ({"confidence": 95}, "confidence must lie between 0 and 1, got 95"),
    ],
)
def test_comparison_refuses(change, message):
    given = {"groups": GROUPS, "first": "musician", "second": "other"} | change
    ratings = draw_ratings(np.random.default_rng(0), noise=(1.0, 1.0))

    with pytest.raises(ValueError, match=message):
        compare_groups(ratings, coefficient=ALPHA, **given)


def test_random_splits_need_a_source():
    ratings = draw_ratings(np.random.default_rng(0), noise=(1.0, 1.0), sizes=(9, 9))

    with pytest.raises(ValueError, match="rng must be given to draw from 48620 splits"):
        compare_groups(ratings, ["a"] * 9 + ["b"] * 9, first="a", second="b", coefficient=ALPHA)


@pytest.mark.parametrize("is_named", [False, True])
def test_order_of_many_items_changes_no_interval(is_named):
    rng = np.random.default_rng(24)
    ratings = np.round(2 * rng.normal(size=150) + rng.normal(size=(8, 150)))
    groups = np.array(["a"] * 4 + ["b"] * 4)
    options = {"first": "a", "second": "b", "coefficient": ALPHA}

    first = compare_groups(ratings, list(groups), **options).difference
    order, of_items = rng.permutation(8), rng.permutation(150)
    mixed = ratings[order][:, of_items]
    if is_named:
        raters, items = [f"r{k}" for k in range(8)], [f"i{k}" for k in range(150)]
        ratings = pd.DataFrame(ratings, index=raters, columns=items)
        first = compare_groups(ratings, list(groups), **options).difference
        mixed = ratings.iloc[order, of_items]
    second = compare_groups(mixed, list(groups[order]), **options).difference

    ends = (first.estimate, first.low, first.high)
    assert (second.estimate, second.low, second.high) == pytest.approx(ends, abs=1e-12)
