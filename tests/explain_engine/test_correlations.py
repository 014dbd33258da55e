from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explain_engine.correlations import (
    CorrelationError,
    JointCorrelations,
    compute_conditional_effects,
    compute_explained_variance,
    compute_johnson_weights,
    compute_lmg_shares,
    compute_marginal_effects,
    compute_partial_correlations,
    compute_semipartial_squares,
    compute_standardised_weights,
    compute_variance_inflation,
    group_twins,
)
from tests.analysis.reference import load_case

SWISS = load_case("19_relative_importance_swiss")
NAMES = tuple(SWISS["expected"]["lmg"])
X = np.array([SWISS["data"][name] for name in NAMES]).T
Y = np.array(SWISS["data"]["Fertility"])
FIGURES = {
    "lmg": lambda joint: compute_lmg_shares(joint.matrix),
    "genizi": lambda joint: compute_johnson_weights(joint.among_features, joint.with_target),
    "last": lambda joint: compute_semipartial_squares(joint.among_features, joint.with_target),
    "first": lambda joint: joint.with_target**2,
    "zero_order_r": lambda joint: joint.with_target,
    "beta_std": lambda joint: compute_standardised_weights(joint.among_features, joint.with_target),
    "partial_r": lambda joint: compute_partial_correlations(
        joint.among_features, joint.with_target
    ),
    "vif": lambda joint: compute_variance_inflation(joint.among_features),
}


def make_music(seed: int = 0, *, n: int = 110, n_features: int = 5) -> np.ndarray:
    """Features of which the first two are twins."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, n_features))
    features[:, 1] = 0.9 * features[:, 0] + 0.4 * features[:, 1]
    return features


def explain_by_regression(features: np.ndarray, target: np.ndarray) -> float:
    if features.shape[1] == 0:
        return 0.0
    design = np.column_stack([np.ones(len(target)), features])
    rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    return 1 - rest.var() / target.var()


def share_by_orders(game, n_features: int, groups) -> np.ndarray:
    """Average gain of each feature over all orders that keep each group together."""
    shares, n_orders = np.zeros(n_features), 0
    for outer in itertools.permutations(groups):
        for inner in itertools.product(*(itertools.permutations(group) for group in outer)):
            n_orders += 1
            before: tuple[int, ...] = ()
            for j in itertools.chain(*inner):
                shares[j] += game((*before, j)) - game(before)
                before = (*before, j)
    return shares / n_orders


@pytest.mark.parametrize("name", list(FIGURES))
def test_figure_equals_the_reference(name):
    joint = JointCorrelations.of(X, Y, names=NAMES)

    expected = list(SWISS["expected"][name].values())
    assert FIGURES[name](joint) == pytest.approx(expected, abs=SWISS["tolerance"]["all"])


@pytest.mark.parametrize(
    "groups", [[(0,), (1,), (2,), (3,)], [(0, 1), (2,), (3,)], [(0, 3), (1, 2)]]
)
def test_shares_equal_the_average_over_all_orders(groups):
    features = make_music(n_features=4)
    target = features @ [0.5, 0.4, 0.3, 0.0] + np.random.default_rng(1).normal(size=110)

    shares = compute_lmg_shares(JointCorrelations.of(features, target).matrix, groups=groups)

    expected = share_by_orders(
        lambda subset: explain_by_regression(features[:, list(subset)], target), 4, groups
    )
    assert shares == pytest.approx(expected, abs=1e-12)


def test_explained_variance_is_that_of_the_regression_on_each_subset():
    table = compute_explained_variance(JointCorrelations.of(X, Y).matrix)

    for subset in range(2**5):
        inside = [j for j in range(5) if subset >> j & 1]
        assert table[subset] == pytest.approx(explain_by_regression(X[:, inside], Y), abs=1e-12)


def test_exact_twins_share_what_one_of_them_explains():
    features = make_music(n_features=3)
    features[:, 1] = -2 * features[:, 0]
    target = features[:, 0] + np.random.default_rng(2).normal(size=110)

    first, second, _ = compute_lmg_shares(JointCorrelations.of(features, target).matrix)

    assert first == pytest.approx(second, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), n_features=st.integers(1, 6))
def test_shares_are_no_debts_and_add_up(seed, n_features):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(30, n_features)) @ rng.normal(size=(n_features, n_features))
    joint = JointCorrelations.of(features, rng.normal(size=30))
    groups = group_twins(joint.among_features, threshold=0.5)

    r2 = compute_explained_variance(joint.matrix)[-1]
    for shares in (
        compute_lmg_shares(joint.matrix),
        compute_lmg_shares(joint.matrix, groups=groups),
        compute_johnson_weights(joint.among_features, joint.with_target),
    ):
        assert shares.min() >= -1e-12
        assert shares.sum() == pytest.approx(r2, abs=1e-7)


@settings(max_examples=50, deadline=None)
@given(
    features=arrays.arrays(np.float64, (8, 3), elements=st.floats(-1e6, 1e6)),
    scale=st.floats(0.001, 1000),
)
def test_figures_do_not_depend_on_units(features, scale):
    target = np.arange(8.0)
    try:
        before = JointCorrelations.of(features, target)
    except CorrelationError:
        return
    if before.explain_singularity() or np.linalg.cond(before.among_features) > 1e4:
        return

    after = JointCorrelations.of(features * [scale, 1, 1], target)

    assert compute_lmg_shares(after.matrix) == pytest.approx(
        compute_lmg_shares(before.matrix), abs=1e-6
    )


def test_marginal_effect_is_the_weight_times_the_distance_from_the_mean():
    effects = compute_marginal_effects([[1.0, 4.0], [3.0, 0.0]], [2.0, -1.0], mean=[2.0, 1.0])

    assert effects.tolist() == [[-2.0, -3.0], [2.0, 1.0]]


def test_conditional_effect_of_two_features_solved_by_hand():
    # Two standardised features with correlation rho: v(1) = (w1 + rho w2) x1, v(2) alike.
    reference = make_music(n_features=2)
    reference = (reference - reference.mean(axis=0)) / reference.std(axis=0)
    rho = float(np.mean(reference[:, 0] * reference[:, 1]))
    w1, w2, x1, x2 = 0.7, 0.0, 1.5, -0.5

    ((first, second),) = compute_conditional_effects([[x1, x2]], [w1, w2], reference=reference)

    alone_1, alone_2, both = (w1 + rho * w2) * x1, (w2 + rho * w1) * x2, w1 * x1 + w2 * x2
    assert first == pytest.approx((alone_1 + both - alone_2) / 2, abs=1e-12)
    assert second == pytest.approx((alone_2 + both - alone_1) / 2, abs=1e-12)
    assert abs(second) > 0.1  # weight 0, but it tells of its twin


@pytest.mark.parametrize("groups", [None, [(0, 1), (2,), (3,)]])
def test_conditional_effects_equal_the_average_over_all_orders(groups):
    reference = make_music(n_features=4)
    w, x = np.array([0.5, -0.4, 0.3, 0.0]), np.array([1.0, 2.0, -1.0, 0.5])
    mean, C = reference.mean(axis=0), np.cov(reference, rowvar=False)

    def expect_output(subset):
        known = list(subset)
        expected = mean.copy()
        if known:
            told = np.linalg.solve(C[np.ix_(known, known)], (x - mean)[known])
            expected = mean + C[:, known] @ told
        return w @ expected

    effects = compute_conditional_effects([x], w, reference=reference, groups=groups)

    expected = share_by_orders(expect_output, 4, groups or [(0,), (1,), (2,), (3,)])
    assert effects[0] == pytest.approx(expected, abs=1e-12)


def test_conditional_effects_add_up_and_equal_the_marginal_ones_of_independent_features():
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=3)))
    w = [1.0, -2.0, 0.5]

    conditional = compute_conditional_effects(X, [0.1, 0.2, 0, -1, 2], reference=X)
    independent = compute_conditional_effects(signs, w, reference=signs)

    outputs = X @ [0.1, 0.2, 0, -1, 2]
    assert conditional.sum(axis=1) == pytest.approx(outputs - outputs.mean(), abs=1e-10)
    marginal = compute_marginal_effects(signs, w, mean=np.zeros(3))
    assert independent == pytest.approx(marginal, abs=1e-12)


def test_conditional_effects_of_exact_twins_are_defined():
    twin = np.random.default_rng(0).normal(size=(20, 1))

    effects = compute_conditional_effects(
        [[1.0, 1.0]], [0.6, 0.2], reference=np.hstack([twin, twin])
    )

    assert effects[0] == pytest.approx(np.full(2, 0.8 * (1 - twin.mean()) / 2), abs=1e-9)


def test_twins_of_twins_are_in_one_group():
    R = np.array([[1, 0.8, 0.4, 0], [0.8, 1, -0.75, 0], [0.4, -0.75, 1, 0.7], [0, 0, 0.7, 1]])

    assert group_twins(R) == ((0, 1, 2), (3,))
    assert group_twins(R, threshold=0.78) == ((0, 1), (2,), (3,))


@pytest.mark.parametrize("figure", [compute_johnson_weights, compute_standardised_weights])
def test_figures_refuse_singular_correlations(figure):
    with pytest.raises(CorrelationError, match="must not be singular"):
        figure(np.ones((2, 2)), np.array([0.5, 0.5]))


def test_too_few_rows_for_the_weights_are_named():
    joint = JointCorrelations.of(X[:6], Y[:6])

    assert joint.explain_singularity() == "Weights of 5 features need at least 7 rows, got 6."


@pytest.mark.parametrize(
    ("features", "target", "message"),
    [
        ([[1, 2], [1, 3], [1, 5]], [1, 2, 4], "Feature 'feature 1' must vary, but is 1 in all 3"),
        ([[1, 2], [2, 3], [1, 5]], [4, 4, 4], "The target must vary, but is 4 in all 3 rows"),
        ([[0.1], [0.1], [0.1]], [1, 2, 3], "must vary, but is 0.1"),
        ([[1, 2], [2, math.nan], [1, 5]], [1, 2, 4], "features must be finite numbers, got nan"),
        ([[1], [2]], [1, 2], "Correlations need at least 3 rows, got 2"),
        ([1, 2, 3], [1, 2, 3], r"features must have shape \(n, n_features\), got \(3,\)"),
        ([[1], [2], [3]], [1, 2], r"target must have shape \(3,\), got \(2,\)"),
        ([["a"], ["b"], ["c"]], [1, 2, 3], "features must be numbers"),
        (np.zeros((3, 17)), [1, 2, 3], "There must be at most 16 features, got 17"),
    ],
)
def test_correlations_refuse(features, target, message):
    with pytest.raises(CorrelationError, match=message):
        JointCorrelations.of(features, target)


def test_groups_that_leave_out_a_feature_are_refused():
    with pytest.raises(CorrelationError, match="groups must cover each of the 5 features once"):
        compute_lmg_shares(JointCorrelations.of(X, Y).matrix, groups=[(0, 1), (2, 3)])


def test_import_needs_no_slow_library():
    code = (
        "import sys, explain_engine.correlations; "
        "print([n for n in ('torch', 'librosa', 'pandas', 'sklearn') if n in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
