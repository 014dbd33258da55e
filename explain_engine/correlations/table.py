"""Read features and targets from a table on disk: CSV, or TSV, with a line of names."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explain_engine.correlations.joint import CorrelationError, FloatArray


@dataclass(frozen=True, eq=False)
class Table:
    """Features and targets by name.

    Parameters
    ----------
    features : np.ndarray, shape=(n, n_features)
        One row a recording.
    feature_names : tuple of str, length n_features
    targets : np.ndarray, shape=(n, n_targets)
    target_names : tuple of str, length n_targets
    """

    features: FloatArray
    feature_names: tuple[str, ...]
    targets: FloatArray
    target_names: tuple[str, ...]


def read_table(
    path: str | Path, *, targets: Sequence[str], features: Sequence[str] | None = None
) -> Table:
    """Read a table of numbers whose first line names the columns.

    The separator is the tab, semicolon or comma that the first line has most of. With a semicolon
    a decimal comma is understood.

    Parameters
    ----------
    path : str or Path
        UTF-8 text.
    targets : sequence of str
        Columns to explain, one or more.
    features : sequence of str, optional
        Columns to explain them by; by default all other columns in which each entry is a number.

    Returns
    -------
    Table

    Raises
    ------
    CorrelationError
        If the file is no such table, a column is missing, or an entry is no number.
    """
    header, lines = _read_lines(Path(path))
    if not targets:
        raise CorrelationError(f"Name at least one target among the columns: {', '.join(header)}.")
    for name in [*targets, *(features or ())]:
        if name not in header:
            raise CorrelationError(f"The table has no column {name!r}; it has {', '.join(header)}.")
    columns = {name: [row[k] for _, row in lines] for k, name in enumerate(header)}
    if features is None:
        features = [name for name in header if name not in targets and _is_numeric(columns[name])]
    both = [name for name in features if name in targets]
    if both:
        raise CorrelationError(f"Column {both[0]!r} cannot be a feature and a target at once.")
    if not features:
        raise CorrelationError("The table has no column of numbers beside the targets.")
    numbers = [number for number, _ in lines]
    read = {name: _read_column(name, columns[name], numbers) for name in [*features, *targets]}
    return Table(
        np.stack([read[name] for name in features], axis=1),
        tuple(features),
        np.stack([read[name] for name in targets], axis=1),
        tuple(targets),
    )


def _read_lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Names of the columns, and each further line that is not empty with its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorrelationError(f"{path.name} must be a table in UTF-8 text.") from error
    first = text.partition("\n")[0]
    separator = max("\t;,", key=first.count)
    try:
        reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
        found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise CorrelationError(f"{path.name} must be a table of columns: {error}.") from error
    if len(found) < 2:
        raise CorrelationError(f"{path.name} must have a line of names and lines of numbers.")
    header = [name.strip() for name in found[0][1]]
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise CorrelationError(f"Columns must have different names, got {twice[0]!r} twice.")
    for number, row in found[1:]:
        if len(row) != len(header):
            raise CorrelationError(
                f"Line {number} must have {len(header)} entries like the first, got {len(row)}."
            )
    if separator == ";":
        found = [(number, [cell.replace(",", ".") for cell in row]) for number, row in found]
    return header, found[1:]


def _read_column(name: str, cells: list[str], line_numbers: list[int]) -> FloatArray:
    for cell, number in zip(cells, line_numbers, strict=True):
        if not _is_numeric([cell]):
            raise CorrelationError(
                f"Line {number} of column {name!r} must be a finite number, got {cell.strip()!r}."
            )
    return np.array([float(cell) for cell in cells])


def _is_numeric(cells: list[str]) -> bool:
    try:
        return all(math.isfinite(float(cell)) for cell in cells)
    except ValueError:
        return False
