"""Nobody stands out, and what that took is told."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsite.analysis.privacy import count_alike, withhold_rare

COLUMNS = ["group", "age"]


def make_frame(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def test_who_is_alike_is_counted_with_oneself():
    frame = make_frame(("a", "20"), ("a", "20"), ("a", "30"))

    assert count_alike(frame, COLUMNS).tolist() == [2, 2, 1]
    assert count_alike(frame, []).tolist() == [3, 3, 3]


def test_a_table_in_which_nobody_stands_out_stays_as_it_is():
    frame = make_frame(*[("a", "20")] * 3, *[("b", "20")] * 4)

    found = withhold_rare(frame, COLUMNS, k=3)

    assert found.frame.equals(frame.astype(object))
    assert (found.smallest_before, found.n_before) == (3, 0)
    assert found.withheld == {"group": 0, "age": 0}


def test_the_last_column_goes_first():
    frame = make_frame(*[("a", "20")] * 3, *[("a", "30")] * 2, ("a", "40"))

    found = withhold_rare(frame, COLUMNS, k=3)

    assert found.frame["group"].tolist() == ["a"] * 6
    assert found.frame["age"].tolist() == ["20"] * 3 + [""] * 3
    assert (found.smallest_before, found.n_before) == (1, 3)
    assert found.withheld == {"group": 0, "age": 3}


def test_the_rarest_join_who_would_be_alone_with_nothing():
    frame = make_frame(*[("a", "20")] * 4, *[("b", "20")] * 3, ("c", "50"))

    found = withhold_rare(frame, COLUMNS, k=3)

    assert found.frame["group"].tolist() == ["a"] * 4 + [""] * 4
    assert found.withheld == {"group": 4, "age": 4}


def test_a_whole_column_goes_where_that_withholds_less():
    frame = make_frame(*[("a", "20")] * 4, ("b", "20"))

    found = withhold_rare(frame, COLUMNS, k=3)

    assert found.withheld == {"group": 5, "age": 0}


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "1", "2"])), max_size=30),
    st.integers(1, 6),
)
def test_nobody_is_left_in_a_small_class(rows, k):
    found = withhold_rare(make_frame(*rows), COLUMNS, k=k)

    alike = count_alike(found.frame, COLUMNS)
    is_blank = (found.frame[COLUMNS] == "").all(axis=1)
    assert ((alike >= k) | (is_blank & (len(rows) < k))).all()


def test_k_must_be_a_number_of_people():
    with pytest.raises(ValueError, match="k must be 1 or more, got 0"):
        withhold_rare(make_frame(), COLUMNS, k=0)


def test_missing_answers_are_alike_and_told_by_nobody():
    likes = pd.Series([1, None, None, 1], dtype="Int64")
    frame = pd.DataFrame({"likes": likes, "hours": [0.5, None, None, 0.5]})

    assert count_alike(frame, ["likes", "hours"]).tolist() == [2, 2, 2, 2]
    assert dict(withhold_rare(frame, ["likes", "hours"], k=5).withheld) == {"likes": 2, "hours": 2}
