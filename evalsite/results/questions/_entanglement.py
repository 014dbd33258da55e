"""Are the rated qualities entangled in the ear as they are in the model? Both sides together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evalsite.analysis.entanglement import (
    average_ratings,
    compare_qualities,
    describe_inflation,
    report_target,
)
from evalsite.results.analysed import AnalysedBlock
from evalsite.results.page import list_reasons
from evalsite.results.questions._model_outputs import read_outputs
from evalsite.results.wording import (
    format_interval,
    format_number,
    format_percent,
    format_share,
    has_interval,
    name_clips,
)
from evalsite.studies.qualities import EMOTIONS

Found = Mapping[str, Any]
SIDES = ("listeners", "model")
SEED = 0


def find_entanglement(analysed: AnalysedBlock) -> dict[str, Any]:
    """Of one condition, the originals if there are any; emotions are targets, not features."""
    emotions = {quality.name for quality in EMOTIONS}
    labels = {quality.name: quality.label for quality in analysed.trial_type.qualities}
    features = [name for name in labels if name not in emotions]
    if len(features) < 2:
        return {}
    conditions = analysed.block.conditions
    condition = "original" if "original" in conditions else conditions[0]
    ratings = analysed.rows.loc[
        (analysed.rows["condition"] == condition).to_numpy(),
        ["listener", "recording", "quality", "value"],
    ]
    means = average_ratings(ratings, list(labels))
    outputs = _tabulate_outputs(analysed, condition, list(labels))
    sides = dict(zip(SIDES, (means, outputs), strict=True))
    pairs = compare_qualities(
        ratings, {name: outputs[name].dropna().to_dict() for name in features}, features
    )
    return {
        "entanglement": {
            "condition": condition,
            "labels": {name: labels[name] for name in features},
            "pairs": [vars(pair) for pair in pairs],
            "inflation": {side: _inflate(table[features]) for side, table in sides.items()},
            "targets": [
                {
                    "name": name,
                    "label": labels[name],
                    **{side: _share(table, features, name) for side, table in sides.items()},
                }
                for name in labels
                if name in emotions
            ],
        }
    }


def _tabulate_outputs(analysed: AnalysedBlock, condition: str, names: list[str]) -> pd.DataFrame:
    """The model's outputs: a row a recording, a column a quality; NaN where it has none."""
    outputs = read_outputs(analysed)
    own = outputs[outputs["condition"] == condition]
    table = own.pivot_table("value", "recording", "quality")
    return table.reindex(columns=names).astype(float)


def _inflate(table: pd.DataFrame) -> dict[str, Any]:
    """Variance inflation of each quality over the recordings that have all."""
    complete = table.dropna()
    factors, sentence = describe_inflation(complete)
    return {"n": len(complete), "sentence": sentence, "factors": factors}


def _share(table: pd.DataFrame, features: list[str], target: str) -> dict[str, Any]:
    """What each quality has to do with the target, over the recordings that have all."""
    complete = table[[*features, target]].dropna()
    report, sentence = report_target(complete, target=target, rng=np.random.default_rng(SEED))
    if report is None:
        return {"n": len(complete), "sentence": sentence, "rows": []}
    return _tell_report(report)


def _tell_report(report: Any) -> dict[str, Any]:
    return {
        "n": report.n,
        "sentence": report.reason or "",
        "r2": report.r2,
        "rows": [
            {
                "name": row.name,
                **{name: _tell(getattr(row, name)) for name in ("r", "beta", "lmg")},
                "johnson": row.johnson,
                "vif": row.vif,
                "sign_stability": row.sign_stability,
                "warnings": list(row.warnings),
            }
            for row in report.rows
        ],
    }


def _tell(estimate: Any) -> dict[str, float]:
    return {name: getattr(estimate, name) for name in ("estimate", "low", "high")}


def show_entanglement(models: Found) -> dict[str, Any] | None:
    """Nothing until a worker has computed it, or where fewer than two qualities are rated."""
    if "entanglement" not in models:
        return None
    entangled = models["entanglement"]
    labels = entangled["labels"]
    names = ("listeners", "model", "difference")
    pairs, figures = [], []
    for pair in entangled["pairs"]:
        label = f"{labels[pair['first']]} and {labels[pair['second']].lower()}"
        pairs.append({"label": label, "cells": [_show(pair[name]) for name in names]})
        figures += [(name, pair[name]["reason"], pair[name]) for name in names[:2]]
    once = {(name, reason): figure for name, reason, figure in figures}
    inflation = entangled["inflation"]
    return {
        "condition": name_clips(entangled["condition"]),
        "pairs": pairs,
        "reasons": list_reasons(
            [(f"Correlations, {name}", figure) for (name, _), figure in once.items()]
        ),
        "inflation": [
            {
                "label": label,
                "cells": [format_number(inflation[side]["factors"].get(name)) for side in SIDES],
            }
            for name, label in labels.items()
        ]
        if any(inflation[side]["factors"] for side in SIDES)
        else [],
        "sentences": _list_sentences("Variance inflation", inflation),
        "targets": [_show_target(target, labels) for target in entangled["targets"]],
    }


def _show_target(target: Found, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "label": target["label"],
        "rows": [
            {
                "label": labels[row["name"]],
                "side": side,
                "cells": [
                    *(_show(row[name]) for name in ("r", "beta", "lmg")),
                    {"estimate": format_share(row["johnson"])},
                    {"estimate": format_percent(row["sign_stability"])},
                    {"estimate": format_number(row["vif"])},
                ],
            }
            for side in SIDES
            for row in target[side]["rows"]
        ],
        "sentences": _list_sentences(target["label"], target),
    }


def _list_sentences(label: str, sides: Found) -> list[dict[str, str]]:
    return [
        {"labels": f"{label}, {side}", "text": sides[side]["sentence"]}
        for side in SIDES
        if sides[side]["sentence"]
    ]


def _show(figure: Found) -> dict[str, str]:
    is_defined = figure["estimate"] is not None
    return {
        "estimate": format_share(figure["estimate"]) if is_defined else "undefined",
        "interval": format_interval(figure, format_share) if has_interval(figure) else "",
    }
