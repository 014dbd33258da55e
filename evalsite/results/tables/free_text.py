"""Words that listeners wrote in trials: data sets have their length, the words are apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from evalsite.results.tables.judgments import set_types
from evalsite.studies.trial_types.base import Column

FREE_TEXT = "free text"


def withhold_columns(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Of free text the number of characters, under a name that says so."""
    return tuple(_withhold_column(column) for column in columns)


def _withhold_column(column: Column) -> Column:
    if column.type != FREE_TEXT:
        return column
    meaning = f"Characters of: {column.meaning}. The words are withheld"
    return Column(_name_length(column), "whole number", meaning, "0…")


def _name_length(column: Column) -> str:
    return f"characters_{column.name}"


def withhold_words(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Judgments as a data set has them. `columns`: as they were recorded."""
    told = frame.copy(deep=False)
    for column in columns:
        if column.type == FREE_TEXT:
            told[_name_length(column)] = frame[column.name].astype("string").str.len()
    published = withhold_columns(columns)
    told = told[[column.name for column in published]]
    set_types(told, published)
    return told


def withhold_answers(found: Mapping[str, Any]) -> dict[str, Any]:
    """Findings without what anybody wrote; how often each answer came stays."""
    return {
        name: [{"n": answer["n"]} for answer in value] if name == "answers" else _look_into(value)
        for name, value in found.items()
    }


def _look_into(value: Any) -> Any:
    if isinstance(value, Mapping):
        return withhold_answers(value)
    return [_look_into(one) for one in value] if isinstance(value, list) else value


def list_words(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """What was written in trials: one row a text, named by its prompt if it has one."""
    parts = []
    for column in columns:
        if column.type == FREE_TEXT:
            own = frame[frame[column.name].fillna("") != ""]
            asked = own["prompt"] if "prompt" in own else pd.Series(None, own.index, dtype=object)
            parts.append(own.assign(question=asked.fillna(column.name), words=own[column.name]))
    names = ["participant", "block", "position", "item", "question", "words"]
    # Words written once stand in the row of each quality that was rated after them.
    return pd.concat([frame.iloc[:0], *parts]).reindex(columns=names).drop_duplicates()
