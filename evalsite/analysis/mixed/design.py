"""From a data frame to the fixed columns and the groups of a mixed model.

Conventions
-----------
A fixed column of numbers enters as it is; one of anything else enters as one indicator for each
value but the first (sorted, or in the order of a pandas categorical), named "condition: kept". A
group is a column, such as "listener", or several joined by ":", such as "listener:recording", which
is a group of its own for each combination. Groups need not be nested. Rows with a missing value are
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalsite.analysis.checks import as_numbers, check_columns

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

INTERCEPT = "(intercept)"


@dataclass(frozen=True, eq=False)
class Design:
    """Values, fixed columns and groups.

    Parameters
    ----------
    y : np.ndarray, shape=(n,)
        The values.
    X : np.ndarray, shape=(n, n_fixed)
        Fixed columns.
    names : tuple of str, length n_fixed
        Their names.
    groups : tuple of str, length n_groups
        Names of the groups.
    codes : tuple of np.ndarray, shape=(n,)
        Level of each row in each group, from 0.
    levels : tuple of pd.Index
        The levels' names.
    """

    y: FloatArray
    X: FloatArray
    names: tuple[str, ...]
    groups: tuple[str, ...]
    codes: tuple[IntArray, ...]
    levels: tuple[pd.Index[Any], ...]

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def n_levels(self) -> tuple[int, ...]:
        """Number of levels of each group."""
        return tuple(len(levels) for levels in self.levels)


def make_design(
    frame: pd.DataFrame,
    *,
    value: str,
    fixed: Sequence[str],
    groups: Sequence[str],
    has_intercept: bool,
) -> Design:
    """Make the design.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per judgment.
    value : str
        The column of values.
    fixed, groups : sequence of str
        See the module's conventions.
    has_intercept : bool
        Whether a column of ones comes first.

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        If a column is missing or given twice, an entry is missing or infinite, or a fixed column is
        determined by the others.
    """
    parts = [part for group in groups for part in group.split(":")]
    check_columns(frame, [value, *fixed, *parts], called="frame")
    for names in (fixed, groups):
        if len(set(names)) < len(names):
            raise ValueError(f"fixed and groups must name a column once, got {list(names)}.")
    frame = frame.assign(**{value: as_numbers(frame[value], value)}).dropna(subset=value)
    for name in [*fixed, *parts]:
        if frame[name].isna().any():
            raise ValueError(f"column {name!r} must have no missing entries.")
    blocks = [_expand(frame[name], name) for name in fixed]
    names = [name for block_names, _ in blocks for name in block_names]
    columns = [column for _, block in blocks for column in block]
    if has_intercept:
        names, columns = [INTERCEPT, *names], [np.ones(len(frame)), *columns]
    X = np.stack(columns, axis=1) if columns else np.empty((len(frame), 0))
    y = frame[value].to_numpy(dtype=np.float64)
    for name, array in ((value, y), ("fixed", X)):
        if not np.isfinite(array).all():
            raise ValueError(f"column {name!r} must hold finite numbers.")
    _check_rank(X, names, has_intercept=has_intercept)
    coded = [_code(frame, group) for group in groups]
    return Design(
        y=y,
        X=X,
        names=tuple(names),
        groups=tuple(groups),
        codes=tuple(codes for codes, _ in coded),
        levels=tuple(levels for _, levels in coded),
    )


def _expand(column: pd.Series[Any], name: str) -> tuple[list[str], list[FloatArray]]:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return [name], [column.to_numpy(dtype=np.float64)]
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = list(column.cat.remove_unused_categories().cat.categories)
    else:
        values = sorted(column.unique())
    indicators = [(column == one).to_numpy(dtype=np.float64) for one in values[1:]]
    return [f"{name}: {one}" for one in values[1:]], indicators


def _code(frame: pd.DataFrame, group: str) -> tuple[IntArray, pd.Index[Any]]:
    parts = group.split(":")
    if len(parts) == 1:
        codes, levels = pd.factorize(frame[group], sort=True)
    else:
        codes, levels = pd.factorize(pd.MultiIndex.from_frame(frame[parts]))
    return codes.astype(np.intp), pd.Index(levels)


def _check_rank(X: FloatArray, names: Sequence[str], *, has_intercept: bool) -> None:
    """Refuse fixed columns of which one is a combination of those before it."""
    if not len(X):
        return
    # Thresholds play the intercept's part where there is none.
    full = X if has_intercept else np.column_stack([np.ones(len(X)), X])
    labels = list(names) if has_intercept else [INTERCEPT, *names]
    length = np.linalg.norm(full, axis=0)
    unit = full / np.where(length > 0, length, 1.0)
    for k in range(len(labels)):
        if np.linalg.matrix_rank(unit[:, : k + 1], tol=1e-9) <= k:
            raise ValueError(
                f"Fixed column {labels[k]!r} is determined by the columns before it; leave it out."
            )
