"""A frame's table is, byte for byte, what writing it cell by cell gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.results.tables.csv import write_csv, write_frame
from evalsite.studies.trial_types.base import Column


def make_frame(n_answers: int, n_each: int) -> pd.DataFrame:
    """Judgments, several an answer; `name`, `seconds` and `day` are the same for all of one."""
    answer = np.repeat(np.arange(n_answers), n_each)
    number = np.arange(len(answer))
    return pd.DataFrame(
        {
            "study": "one",
            "name": pd.Series([f"=L{one // 3}" if one % 2 else 'a "b", c' for one in answer]),
            "seconds": answer / 4,
            "value": pd.array([None if one % 5 == 0 else one % 7 for one in number], dtype="Int64"),
            "is_first": number % n_each == 0,
            "empty": pd.Series([None] * len(answer), dtype="str"),
            "day": pd.Series([f"2026-01-{1 + one % 9:02d}" for one in answer]),
        }
    )


@pytest.mark.parametrize(("n_answers", "n_each"), [(1, 1), (1, 4), (9, 1), (20, 7)])
@pytest.mark.parametrize("names", ["study name seconds value is_first empty day", "day", "empty"])
def test_frame_is_written_as_its_cells(n_answers: int, n_each: int, names: str):
    frame = make_frame(n_answers, n_each)[names.split()]
    cells = frame.astype(object).where(frame.notna(), None)

    written = write_frame(frame, [Column(name, "text", "", "") for name in frame])

    expected = write_csv(list(frame), cells.itertuples(index=False))
    # The csv module quotes a lone empty cell, so that its line is not empty.
    assert written == (expected.replace(b'""\r\n', b"\r\n") if names == "empty" else expected)


def test_frame_without_rows_has_its_head():
    frame = make_frame(1, 1).iloc[:0]

    assert write_frame(frame, [Column("study", "text", "", "")]) == b"study\r\n"
