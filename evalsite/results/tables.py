"""Tables as CSV that reads the same everywhere, and that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

import pandas as pd

from evalsite.studies.trial_types.base import Column

# What starts a formula in some spreadsheet, and the full-width forms some take for the same.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutralise_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def format_cell(value: object) -> str:
    """A value as a cell: numbers in full and never touched, missing ones empty, text made safe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return neutralise_formula(str(value))


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """RFC 4180: UTF-8, commas, CRLF, quotes where needed, one line of column names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([format_cell(name) for name in columns])
    writer.writerows([format_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8")


def write_frame(frame: pd.DataFrame, columns: Iterable[Column]) -> bytes:
    """The frame's columns in the order of their declarations; pandas' missing values empty."""
    names = [column.name for column in columns]
    plain = frame[names].astype(object).where(frame[names].notna(), None)
    return write_csv(names, plain.itertuples(index=False, name=None))
