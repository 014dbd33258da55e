"""Tables as CSV that reads the same everywhere, and that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

import numpy as np
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


def write_csv(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """RFC 4180: UTF-8, commas, CRLF, quotes where needed, one line of column names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([format_cell(name) for name in columns])
    writer.writerows([format_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8")


def write_frame(frame: pd.DataFrame, columns: Iterable[Column]) -> bytes:
    """The frame's columns in the order of their declarations; pandas' missing values empty.

    Each distinct value is formatted once: a study repeats most of them.
    """
    names = [column.name for column in columns]
    head = write_csv(names, ())
    if frame.empty:
        return head
    cells = [_write_column(frame[name]) for name in names]
    lines = map(",".join, zip(*cells, strict=True))
    return head + ("\r\n".join(lines) + "\r\n").encode("utf-8")


def _write_column(values: pd.Series) -> list[str]:
    codes, distinct = pd.factorize(values)
    # The comma keeps an empty cell from being quoted, as it would be alone in its line.
    texts = [
        write_csv([value, ""], ()).decode("utf-8").removesuffix(",\r\n")
        for value in distinct.astype(object)
    ]
    # Missing values have the code -1: the last entry.
    return np.array([*texts, ""], dtype=object)[codes].tolist()
