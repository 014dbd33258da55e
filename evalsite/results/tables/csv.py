"""Tables as CSV that reads the same everywhere, and that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

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

    Each distinct value is formatted once, and neighbouring columns that stay as they are from line
    to line are joined once: judgments of one answer share most of their cells.
    """
    names = [column.name for column in columns]
    head = write_csv(names, ())
    if frame.empty:
        return head
    parts = [part.join() for part in _gather_columns(frame, names)]
    lines = map(",".join, zip(*parts, strict=True))
    return head + ("\r\n".join(lines) + "\r\n").encode("utf-8")


@dataclass
class _Part:
    """Neighbouring columns: texts and the code of each line; where any differs from the line
    before."""

    columns: list[tuple[np.ndarray, np.ndarray]]
    is_new: np.ndarray

    def join(self) -> list[str]:
        """The cells of each line."""
        starts = np.flatnonzero(self.is_new)
        cells = [texts[codes[starts]].tolist() for texts, codes in self.columns]
        joined = np.array([*map(",".join, zip(*cells, strict=True))], dtype=object)
        return joined.repeat(np.diff(starts, append=len(self.is_new))).tolist()


def _gather_columns(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[_Part]:
    """Columns go together while at least every other line is like the one before."""
    part = None
    for name in names:
        texts, codes = _code_column(frame[name])
        is_new = np.append(True, codes[1:] != codes[:-1])
        if part is not None and 2 * np.count_nonzero(part.is_new | is_new) <= len(frame):
            part.columns.append((texts, codes))
            part.is_new |= is_new
            continue
        if part is not None:
            yield part
        part = _Part([(texts, codes)], is_new)
    if part is not None:
        yield part


def _code_column(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The distinct cells, and which of them each line has."""
    codes, distinct = pd.factorize(values)
    texts = [
        _quote(value) if isinstance(value, str) else format_cell(value)
        for value in distinct.astype(object)
    ]
    # Missing values have the code -1: the last entry.
    return np.array([*texts, ""], dtype=object), codes


def _quote(text: str) -> str:
    # The comma keeps an empty cell from being quoted, as it would be alone in its line.
    return write_csv([text, ""], ()).decode("utf-8").removesuffix(",\r\n")
