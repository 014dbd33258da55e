"""k-anonymity of a table about people: whoever stands out has answers withheld.

References
----------
.. [1] Sweeney, L. (2002). k-anonymity: a model for protecting privacy. International Journal of
   Uncertainty, Fuzziness and Knowledge-Based Systems 10(5), 557-570.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from evalsite.analysis.checks import check_columns, check_whole

WITHHELD = ""


@dataclass(frozen=True)
class Withholding:
    """A table that nobody stands out in, and what that took.

    Parameters
    ----------
    frame : pd.DataFrame
        The same rows; withheld answers are empty.
    k : int
        Rows that look alike at least.
    smallest_before : int
        Rows in the smallest class before; 0 without rows.
    n_before : int
        Rows that stood in classes smaller than k.
    withheld : mapping of str to int
        For each column how many answers were withheld.
    """

    frame: pd.DataFrame
    k: int
    smallest_before: int
    n_before: int
    withheld: Mapping[str, int]


def count_alike(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """For each row how many rows have the same answers, itself included."""
    if not columns:
        return pd.Series(len(frame), index=frame.index, dtype="int64")
    told = _spell(frame[list(columns)])
    return told.groupby(list(columns))[columns[0]].transform("size").astype("int64")


def withhold_rare(frame: pd.DataFrame, columns: Sequence[str], *, k: int = 5) -> Withholding:
    """Withhold answers until each row has k rows of the same answers [1]_, itself included.

    Rows that stand out lose their answers from the last column to the first, as many as it takes;
    where fewer than k rows are left with nothing, the rarest others join them. Whole columns go
    first wherever that withholds less.

    Parameters
    ----------
    frame : pd.DataFrame
        One row a person.
    columns : sequence of str
        What others may know about a person, the most useful first.
    k : int
        1 or more.

    Returns
    -------
    Withholding
        With fewer than k rows all answers are withheld: nothing tells one from another.

    Raises
    ------
    ValueError
        If k is no whole number of 1 or more, or a column is missing.
    """
    check_whole(k, "k", least=1)
    columns = list(columns)
    check_columns(frame, columns, called="frame")
    before = count_alike(frame, columns)
    untold = frame.astype(dict.fromkeys(columns, object))
    told = _withhold(untold, columns, [], k)
    dropped: list[str] = []
    while True:
        tries = [
            (_withhold(untold, columns, [*dropped, column], k), column)
            for column in columns
            if column not in dropped and (before < k).any()
        ]
        best, column = min(
            tries, key=lambda entry: _count_blank(entry[0], columns), default=(told, "")
        )
        if _count_blank(best, columns) >= _count_blank(told, columns):
            break
        told, dropped = best, [*dropped, column]
    withheld = {
        column: int(
            ((told[column] == WITHHELD) & (_spell(frame[[column]])[column] != WITHHELD)).sum()
        )
        for column in columns
    }
    smallest = int(before.min()) if len(before) else 0
    return Withholding(told, k, smallest, int((before < k).sum()), withheld)


def _spell(frame: pd.DataFrame) -> pd.DataFrame:
    """As text; what is missing tells as little as what is withheld."""
    untold = frame.astype(object)
    return untold.where(untold.notna(), WITHHELD).astype(str)


def _count_blank(told: pd.DataFrame, columns: list[str]) -> int:
    return int((told[columns] == WITHHELD).to_numpy().sum())


def _withhold(untold: pd.DataFrame, columns: list[str], dropped: list[str], k: int) -> pd.DataFrame:
    """Without some columns altogether, and without what still stands out."""
    told = untold.copy()
    told[dropped] = WITHHELD
    for column in reversed(columns):
        told.loc[count_alike(told, columns) < k, column] = WITHHELD
    return _fill_up(told, columns, k)


def _fill_up(told: pd.DataFrame, columns: list[str], k: int) -> pd.DataFrame:
    """Let whole classes join those with nothing left, the smallest first, until these are k."""
    while columns:
        alike = count_alike(told, columns)
        if (alike >= k).all():
            break
        is_told = (told[columns].astype(str) != WITHHELD).any(axis=1)
        if not is_told.any():
            break
        rarest = told[is_told & (alike == alike[is_told].min())]
        first = rarest.sort_values(columns, key=lambda column: column.astype(str)).iloc[:1]
        is_joining = (told[columns].astype(str) == first[columns].astype(str).iloc[0]).all(axis=1)
        told.loc[is_joining, columns] = WITHHELD
    return told
