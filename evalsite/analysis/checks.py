"""What figures ask of their input, each kind of it checked in one place.

Conventions
-----------
Missing is None, NaN, pandas' NA or what a masked array hides; it becomes NaN. A check that refuses
raises ValueError with one sentence that names what was asked and what was got.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def as_numbers(values: Any, name: str) -> FloatArray:
    """Numbers as floats, missing ones as NaN.

    Parameters
    ----------
    values : array_like, pd.Series or pd.DataFrame
        Numbers of any kind, truth values among them; columns of a frame may differ in type.
    name : str
        What they are called in a message.

    Returns
    -------
    np.ndarray
        Of the shape of `values`; infinity stays.

    Raises
    ------
    ValueError
        If an entry is text, a date or any other thing, or rows differ in length.
    """
    if isinstance(values, pd.DataFrame):
        if any(not _is_plain(dtype) for dtype in values.dtypes):
            columns = [as_numbers(values.iloc[:, k], name) for k in range(values.shape[1])]
            return np.stack(columns, axis=1)
        return values.to_numpy(dtype=np.float64)
    if isinstance(values, np.ma.MaskedArray):
        found = as_numbers(np.asarray(values.data), name).copy()
        found[np.ma.getmaskarray(values)] = np.nan
        return found
    entries = as_entries(values, name)
    if entries.dtype.kind in "biuf":
        return entries.astype(np.float64, copy=False)
    if entries.dtype.kind == "O":
        return np.array([_as_float(one, name) for one in entries.ravel()]).reshape(entries.shape)
    raise ValueError(f"{name} must be numbers, got {entries.ravel()[0]!r}.")


def as_entries(values: Any, name: str) -> NDArray[Any]:
    """Entries of any kind as they are, in an array of their shape.

    Parameters
    ----------
    values : array_like or pd.Series
        Anything in rows of one length.
    name : str
        What they are called in a message.

    Returns
    -------
    np.ndarray
        Of numbers, of dates, or of objects where there is anything else.

    Raises
    ------
    ValueError
        If rows differ in length.
    """
    if isinstance(values, pd.Series) and not _is_plain(values.dtype):
        values = values.array.astype(object)
    try:
        entries = np.asarray(values)
        if entries.dtype.kind in "USV":
            # Numbers among words would have become words.
            entries = np.array(values, dtype=object)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be numbers in rows of one length, NaN where missing: {error}."
        ) from error
    return entries


def is_missing(entry: Any) -> bool:
    """True for None, NaN, NaT and pandas' NA."""
    return bool(pd.api.types.is_scalar(entry) and pd.isna(entry))


def check_finite(values: FloatArray, name: str) -> None:
    """Refuse infinity."""
    if np.isinf(values).any():
        raise ValueError(f"{name} must be finite or NaN, got infinity.")


def read_values(frame: pd.DataFrame, column: str) -> FloatArray:
    """A column's finite numbers, shape=(n_rows,), NaN where missing."""
    values = as_numbers(frame[column], column)
    check_finite(values, column)
    return values


def check_columns(
    frame: pd.DataFrame, columns: Iterable[str], *, called: str, named: Sequence[str] = ()
) -> None:
    """Refuse a frame that lacks a column, or whose `named` ones have missing entries.

    Parameters
    ----------
    frame : pd.DataFrame
        Any.
    columns : iterable of str
        Those it needs.
    called : str
        What the frame is called in a message.
    named : sequence of str
        Columns of names, such as "listener".
    """
    for column in columns:
        if column not in frame.columns:
            raise ValueError(f"{called} needs the column {column!r}.")
    for column in named:
        if frame[column].isna().any():
            raise ValueError(f"column {column!r} must have no missing entries.")


def check_whole(value: Any, name: str, *, least: int) -> int:
    """Refuse what is not a whole number of `least` or more; return it as int."""
    number = float(value) if _is_number(value) else math.nan
    if not math.isfinite(number) or number != int(number):
        raise ValueError(f"{name} must be a whole number of {least} or more, got {_show(value)}.")
    check_least(value, name, least=least)
    return int(number)


def check_least(value: Any, name: str, *, least: float) -> None:
    """Refuse what is not a finite number of `least` or more."""
    if not (_is_number(value) and least <= float(value) < math.inf):
        raise ValueError(f"{name} must be {least:g} or more, got {_show(value)}.")


def check_between(
    value: Any, name: str, lowest: float = 0, highest: float = 1, *, has_ends: bool = False
) -> None:
    """Refuse what is not a number between two others, which belong where `has_ends`."""
    number = float(value) if _is_number(value) else math.nan
    if not (lowest < number < highest or (has_ends and number in (lowest, highest))):
        raise ValueError(f"{name} must lie between {lowest:g} and {highest:g}, got {_show(value)}.")


def check_rng(rng: Any) -> None:
    """Refuse what is no generator of random numbers."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a np.random.Generator, got {rng!r}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "biuf"


def _as_float(entry: Any, name: str) -> float:
    if is_missing(entry):
        return math.nan
    # Decimal is no Real, for reasons of its own.
    if isinstance(entry, Real) or type(entry).__name__ == "Decimal":
        return float(entry)
    if isinstance(entry, (list, tuple, np.ndarray)):
        raise ValueError(f"{name} must be numbers in rows of one length, got {entry!r} as one.")
    raise ValueError(f"{name} must be numbers, got {entry!r}.")


def _show(value: Any) -> str:
    return f"{value}" if isinstance(value, Real) else f"{value!r}"
