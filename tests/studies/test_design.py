"""Latin squares, orders and allocation: numbers in, numbers out."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsite.studies.design import (
    derive_seed,
    latin_square,
    least_filled,
    order_trials,
    pair_graph,
    williams_square,
)


def test_row_k_gives_recording_j_the_condition_j_plus_k():
    assert latin_square(3, 4) == ((0, 1, 2, 0), (1, 2, 0, 1), (2, 0, 1, 2))


@given(st.integers(1, 7), st.integers(1, 20))
def test_each_recording_comes_once_in_each_condition(n_conditions, n_recordings):
    square = latin_square(n_conditions, n_recordings)

    for column in zip(*square, strict=True):
        assert sorted(column) == list(range(n_conditions))


@given(st.integers(1, 6), st.integers(1, 4))
def test_full_rows_hold_each_condition_equally_often(n_conditions, times):
    for row in latin_square(n_conditions, n_conditions * times):
        assert set(Counter(row).values()) == {times}


@pytest.mark.parametrize(("n_conditions", "n_recordings"), [(0, 3), (3, 0)])
def test_empty_design_is_refused(n_conditions, n_recordings):
    with pytest.raises(ValueError, match="1 or more conditions and recordings"):
        latin_square(n_conditions, n_recordings)


@given(st.integers(0, 50), st.integers(0, 2**63 - 1))
def test_order_holds_each_trial_once(n_trials, seed):
    assert sorted(order_trials(n_trials, seed)) == list(range(n_trials))


def test_order_follows_the_seed_and_never_changes():
    assert order_trials(8, 1) == order_trials(8, 1)
    assert order_trials(8, 2025) == (4, 1, 7, 5, 0, 6, 2, 3)


def test_orders_are_spread_evenly():
    firsts = Counter(order_trials(4, seed)[0] for seed in range(4000))

    assert all(900 < count < 1100 for count in firsts.values())


def test_seeds_of_sittings_differ_and_fit_the_database():
    seeds = {derive_seed(7, f"p-{n}") for n in range(1000)}

    assert len(seeds) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)


@pytest.mark.parametrize(
    ("n_taken", "row"), [((0, 0, 0), 0), ((1, 0, 0), 1), ((2, 2, 1), 2), ((5,), 0)]
)
def test_least_filled_takes_the_first_of_equals(n_taken, row):
    assert least_filled(n_taken) == row


@given(st.integers(1, 9), st.integers(0, 100))
def test_filling_keeps_rows_within_one(n_rows, n_sittings):
    n_taken = [0] * n_rows
    for _ in range(n_sittings):
        n_taken[least_filled(n_taken)] += 1

    assert max(n_taken) - min(n_taken) <= 1


@pytest.mark.parametrize("n", range(2, 13))
def test_williams_square_balances_what_follows_what(n):
    square = williams_square(n)

    assert len(square) == (n if n % 2 == 0 else 2 * n)
    assert all(sorted(row) == list(range(n)) for row in square)
    for column in zip(*square, strict=True):
        assert set(Counter(column).values()) == {len(square) // n}
    follows = Counter(pair for row in square for pair in pairwise(row))
    assert len(follows) == n * (n - 1)
    assert set(follows.values()) == {1 if n % 2 == 0 else 2}


def test_williams_square_of_one_is_one_row():
    assert williams_square(1) == ((0,),)


@given(st.integers(3, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(2, n - 1))))
def test_pairs_are_connected_and_of_the_degree(sizes):
    n, degree = sizes
    pairs = pair_graph(n, degree)

    degrees = Counter(end for pair in pairs for end in pair)
    assert all(a < b for a, b in pairs)
    assert all(degrees[i] in (degree, degree + 1) for i in range(n))
    assert sum(count > degree for count in degrees.values()) <= (n % 2) * (degree % 2)
    reached = {0}
    for _ in range(n):
        reached |= {end for pair in pairs if reached & set(pair) for end in pair}
    assert reached == set(range(n))


@pytest.mark.parametrize(("n", "degree"), [(1, 1), (4, 1), (4, 4), (5, 0)])
def test_impossible_graph_of_pairs_is_refused(n, degree):
    with pytest.raises(ValueError, match="A graph of pairs must have"):
        pair_graph(n, degree)


def test_two_things_make_one_pair():
    assert pair_graph(2, 1) == ((0, 1),)
