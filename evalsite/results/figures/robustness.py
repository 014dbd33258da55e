"""What could spoil a finding: those left out, order, what came before, answers that do not repeat.

Beside them: do two groups differ? One entry for each measure of each block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.describe import contrast_conditions
from evalsite.analysis.group_effects import compare_effects
from evalsite.analysis.order import estimate_carry_over, estimate_drift
from evalsite.analysis.repeats import describe_repeats
from evalsite.results.figures.analysed import choose_contrast
from evalsite.results.figures.families import adjust_family
from evalsite.results.tables.screening import Screened
from evalsite.results.tables.screening_tables import CATCH, compare_repeats
from evalsite.studies.blocks import Block
from evalsite.studies.parts.registered import is_registered
from evalsite.studies.protocol import Protocol

POINTS, SHARE = "points", "share"
# Columns of factors between listeners begin so.
LEVEL = "level_"
NAMED = ("condition", "group", "quality")
NUMBERS = ("listener", "recording", "position", "occasion", "value", "is_correct")


@dataclass(frozen=True)
class Measure:
    """One number for each judgment: a rating, or 1 for a right answer and 0 for a wrong one.

    `low` is its lowest value, `width` the distance to the highest.
    """

    block: Block
    quality: str
    label: str
    unit: str
    low: float
    width: float
    rows: pd.DataFrame

    @cached_property
    def first(self) -> pd.DataFrame:
        """Without repeats."""
        return self.rows[self.rows["occasion"] == 1]


def describe_robustness(
    protocol: Protocol, frame: pd.DataFrame, screened: Screened
) -> list[dict[str, Any]]:
    """`frame`: all judgments. Only `everybody` holds those of listeners left out."""
    kept = frame[~frame["participant"].isin(screened.excluded)]
    repeats = compare_repeats(protocol, kept)
    measures = list(list_measures(protocol, kept))
    everybody = list(list_measures(protocol, frame)) if screened.excluded else measures
    described = [
        {
            "block": measure.block.name,
            "quality": measure.quality,
            "label": measure.label,
            "unit": measure.unit,
            "is_registered": is_registered(protocol, measure.block.name, measure.quality),
            "drift": estimate_drift(measure.first),
            "repeats": _describe_repeats(measure, repeats),
            **_describe_contrast(measure, whole, protocol),
        }
        for measure, whole in zip(measures, everybody, strict=True)
    ]
    for block in protocol.blocks:
        own = [entry for entry in described if entry["block"] == block.name]
        compared = [entry["group_difference"] for entry in own if "group_difference" in entry]
        adjust_family(compared, "effect")
    return described


def list_measures(protocol: Protocol, frame: pd.DataFrame) -> Iterator[Measure]:
    """Of each block the ratings, quality by quality, or whether answers were right."""
    is_main = frame["kind"] != CATCH
    numbered = frame.assign(
        listener=pd.factorize(frame["participant"])[0],
        recording=pd.factorize(frame["recording"])[0],
    )
    for block in protocol.blocks:
        trial_type = block.make_trial_type()
        recorded = {column.name for column in trial_type.columns()}
        if not recorded & {"value", "is_correct"}:
            continue
        rows = _pick(numbered[is_main & (frame["block"] == block.name)])
        if "is_correct" in recorded:
            own = rows.assign(value=rows["is_correct"].astype("float64"))
            yield Measure(block, "", "Right answers", SHARE, 0, 1, own)
            continue
        rows = rows.assign(value=rows["value"].astype("float64"))
        low, width = getattr(trial_type, "low", 1), trial_type.scale_width
        if "quality" not in recorded:
            yield Measure(block, "", "Score", POINTS, 0, width, rows)
        for quality in getattr(trial_type, "qualities", ()):
            own = rows[rows["quality"] == quality.name]
            yield Measure(block, quality.name, quality.label, POINTS, low, width, own)


def _pick(rows: pd.DataFrame) -> pd.DataFrame:
    """Only what figures need; the condition of the trial just before.

    A sound of several in a trial is an item of its own.
    """
    levels = [name for name in rows if name.startswith(LEVEL)]
    numbered = {name: rows[name].astype("category") for name in (*NAMED, *levels) if name in rows}
    condition = numbered["condition"].cat
    item = rows["item"].to_numpy(dtype=np.int64) * len(condition.categories) + condition.codes
    return rows[[name for name in NUMBERS if name in rows]].assign(
        **numbered, item=item, previous=_find_previous(rows).astype("category")
    )


def _find_previous(rows: pd.DataFrame) -> pd.Series:
    """None for a listener's first trial, after one that did not count, or had several sounds."""
    if (rows["signal"] != "").any():
        return pd.Series(None, index=rows.index, dtype=object)
    is_first = ~rows.duplicated(["participant", "position"])
    trials = rows[is_first]
    before = trials[["participant", "position", "condition"]].shift()
    follows = (trials["participant"] == before["participant"]) & (
        trials["position"] == before["position"] + 1
    )
    previous = before["condition"].astype(object).where(follows.astype(bool), None)
    return pd.Series(previous.to_numpy()[np.cumsum(is_first) - 1], index=rows.index, dtype=object)


def _describe_contrast(measure: Measure, whole: Measure, protocol: Protocol) -> dict[str, Any]:
    """With and without those left out; after either condition; in two groups."""
    contrast = choose_contrast(measure.block.conditions)
    if contrast is None:
        return {}
    names = {"condition": contrast[0], "baseline": contrast[1]}
    analysed = _contrast(measure, names)
    found: dict[str, Any] = {
        "contrast": contrast,
        "analysed": analysed,
        "everybody": analysed if whole is measure else _contrast(whole, names),
        "carry_over": estimate_carry_over(measure.first, **names),
    }
    if protocol.groups:
        sides = {"first": protocol.groups.inside, "second": protocol.groups.outside}
        rng = np.random.default_rng(protocol.seed)
        found["group_difference"] = {
            **sides,
            "effect": compare_effects(measure.first, rng=rng, **sides, **names),
        }
    return found


def _contrast(measure: Measure, names: dict[str, str]) -> dict[str, Any]:
    """Values are counted from 1 as the contrast expects; a difference does not see that."""
    rows = measure.first.assign(value=measure.first["value"] - measure.low + 1)
    found = contrast_conditions(rows, points=int(measure.width) + 1, **names)
    counts = {name: found.details[name] for name in ("n_condition", "n_baseline")}
    return {
        "n_listeners": rows["listener"].nunique(),
        "contrast": replace(found, details=counts),
    }


def _describe_repeats(measure: Measure, repeats: pd.DataFrame) -> dict[str, Any]:
    own = repeats[(repeats["block"] == measure.block.name) & (repeats["what"] == measure.quality)]
    if measure.unit == POINTS:
        pairs = own.assign(**{name: _as_numbers(own[name]) for name in ("first", "second")})
        return dict(vars(describe_repeats(pairs)))
    # Choices have no distance: equal ones are 0 apart, others 1.
    pairs = own.assign(first=0.0, second=own["difference"].astype("float64"))
    return {"same": describe_repeats(pairs).same}


def _as_numbers(values: pd.Series) -> np.ndarray:
    """Beside the choices of other blocks, ratings and "can't tell" are objects."""
    return values.to_numpy(dtype=np.float64, na_value=np.nan)
