"""What counts as heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsite.responses.coverage import (
    count_heard_seconds,
    count_missing_seconds,
    merge_stretches,
)

seconds = st.floats(0, 20, allow_nan=False)
stretches = st.lists(st.tuples(seconds, seconds).map(sorted), max_size=20)


@pytest.mark.parametrize(
    ("heard", "merged"),
    [
        ([], []),
        ([[0, 1], [1, 2]], [(0, 2)]),
        ([[3, 4], [0, 1]], [(0, 1), (3, 4)]),
        ([[0, 5], [1, 2]], [(0, 5)]),
    ],
)
def test_merge_joins_what_overlaps_or_touches(heard, merged):
    assert merge_stretches(heard) == merged


def test_heard_seconds_end_with_the_clip():
    assert count_heard_seconds([[8, 99]], 10) == 2


def test_missing_seconds_within_the_tolerance_count_as_heard():
    assert count_missing_seconds([[0, 9.75]], 10) == 0
    assert count_missing_seconds([[0, 9.5]], 10) == 0.5


@given(stretches)
def test_order_and_repeats_change_nothing(heard):
    assert count_heard_seconds(heard + heard[::-1], 10) == pytest.approx(
        count_heard_seconds(heard, 10)
    )


@given(stretches, seconds, seconds)
def test_hearing_more_never_counts_less(heard, start, end):
    more = [*heard, sorted((start, end))]
    assert count_heard_seconds(more, 10) >= count_heard_seconds(heard, 10) - 1e-9
