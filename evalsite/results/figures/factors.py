"""Factors between listeners: what each level's listeners answered, and how levels differ.

Levels that a factor sends to blocks of their own (`when`), such as with and without explanations,
are compared across these blocks as far as they ask the same in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from evalsite.analysis.levels import compare_levels
from evalsite.results.figures.robustness import LEVEL, Measure, list_measures
from evalsite.results.tables.screening import Screened
from evalsite.studies.protocol import Protocol

Found = Mapping[str, Any]


def describe_factors(
    protocol: Protocol, frame: pd.DataFrame, screened: Screened
) -> list[dict[str, Any]]:
    """`frame`: all judgments. Of each factor and each thing asked: means and differences."""
    if not protocol.between:
        return []
    measures = list(list_measures(protocol, frame[~frame["participant"].isin(screened.excluded)]))
    return [
        _compare(factor, levels, alike)
        for factor, levels in protocol.between.items()
        for alike in _gather(measures, factor)
    ]


def _gather(measures: Sequence[Measure], factor: str) -> Iterator[list[Measure]]:
    """Measures that levels of the factor have in common, one block's or those of several."""
    alike: dict[tuple[object, ...], list[Measure]] = {}
    levels: dict[tuple[object, ...], set[str]] = {}
    for measure in measures:
        block = measure.block
        own = (block.when or {}).get(factor)
        where = block.trial_type if own else f"block {block.name}"
        key = (where, measure.quality, measure.unit, measure.low, measure.width)
        alike.setdefault(key, []).append(measure)
        levels.setdefault(key, set()).update(own or ("all", "levels"))
    # One level's own block has nothing to be compared with.
    return (own for key, own in alike.items() if len(levels[key]) > 1)


def _compare(factor: str, levels: Sequence[str], measures: Sequence[Measure]) -> dict[str, Any]:
    one = measures[0]
    rows = pd.concat([measure.first for measure in measures], ignore_index=True)
    rows = rows.rename(columns={f"{LEVEL}{factor}": "level"})
    told = rows.dropna(subset="value")
    compared = compare_levels(
        rows[["listener", "recording", "level", "value"]],
        levels=levels,
        bounds=(one.low, one.low + one.width),
    )
    return {
        "factor": factor,
        "blocks": [measure.block.name for measure in measures],
        "quality": one.quality,
        "label": one.label,
        "unit": one.unit,
        "levels": [
            {
                "level": level,
                "n_listeners": own["listener"].nunique(),
                "n_judgments": len(own),
                "mean": compared.means[level],
            }
            for level in levels
            for own in [told[told["level"] == level]]
        ],
        "differences": [vars(difference) for difference in compared.differences],
    }
