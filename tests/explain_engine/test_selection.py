from __future__ import annotations

import numpy as np
import pytest

from explain_engine.errors import SelectionError
from explain_engine.selection import select_components

WEIGHTS = np.array([0.3, -0.5, 0.1, 0.0, 0.3, -0.1])
AUDIBLE = np.ones(6, dtype=bool)


def select(weights=WEIGHTS, audible=AUDIBLE, n=3, selection="for"):
    return select_components(weights, audible, n, selection=selection, target="sad").tolist()


def test_strongest_for_the_target_come_first_and_ties_go_to_the_lower_number():
    assert select() == [0, 4, 2]


def test_strongest_against_the_target_are_the_negative_ones():
    assert select(selection="against") == [1, 5]


def test_fewer_are_kept_where_fewer_speak_for_the_target():
    assert select(n=5) == [0, 4, 2]


def test_inaudible_components_are_never_kept():
    assert select(audible=np.array([False, True, True, True, True, True])) == [4, 2]


@pytest.mark.parametrize(("weights", "selection"), [(-np.ones(6), "for"), (np.zeros(6), "against")])
def test_nothing_to_keep_is_a_sentence(weights, selection):
    with pytest.raises(SelectionError, match=f"no component speaks {selection} 'sad'"):
        select(weights=weights, selection=selection)


def test_something_always_remains():
    assert select(weights=np.array([0.2, 0.1, 0.3]), audible=np.ones(3, bool), n=7) == [2, 0]


def test_one_target_of_several_keeps_what_speaks_least_against_it():
    weights = np.array([-0.3, -0.1, -0.5])
    audible = np.array([True, False, True])
    options = {"selection": "for", "target": "sad", "is_alone": False}

    assert select_components(weights, audible, 2, **options).tolist() == [0]
    with pytest.raises(SelectionError):
        select_components(weights, np.zeros(3, bool), 2, **options)
