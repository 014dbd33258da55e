"""Several sounds on one scale from 0 to 100: medians and quartiles, means, distributions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from evalsite.analysis.describe import contrast_conditions, describe_conditions
from evalsite.results.charts.specs import Spec, show_distributions
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.pages.coefficients import show_coefficients
from evalsite.results.pages.ratings import SLIDER_BAR
from evalsite.results.pages.rows import gather_counts, list_reasons
from evalsite.results.pages.wording import format_number, name_clips, name_condition
from evalsite.results.questions._show_choices import describe_figure
from evalsite.results.questions.base import Clips, Found, Question
from evalsite.results.questions.ratings import describe_item, label_points


class Scores(Question):
    template: ClassVar[str] = "results/questions/scores.html"
    contents: ClassVar[tuple[tuple[str, str], ...]] = (
        ("agreement", "Agreement"),
        ("factors", "Between listeners"),
        ("trust", "Trust"),
        ("clips", "Recording by recording"),
    )

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        rows = analysed.rows.astype({"value": "float64"})
        points = round(analysed.trial_type.scale_width) + 1
        scale = {"points": points, "lowest": 0}
        names = list(dict.fromkeys([*analysed.block.conditions, *sorted(set(rows["condition"]))]))
        by_item = dict(list(rows.groupby("item")))
        found: dict[str, Any] = {
            **scale,
            "conditions": [
                {**vars(one), **find_quartiles(rows.loc[rows["condition"] == one.condition])}
                for one in describe_conditions(rows, conditions=names, **scale)
            ],
            "clips": [
                {
                    **describe_item(item),
                    "scores": [
                        {"condition": name, **find_quartiles(own[own["condition"] == name])}
                        for name in names
                    ],
                }
                for item in analysed.items
                for own in [by_item.get(item.number, rows.iloc[:0])]
            ],
        }
        if analysed.contrast:
            condition, baseline = analysed.contrast
            found["main"] = {"contrast": analysed.contrast}
            found["contrast"] = contrast_conditions(
                rows, condition=condition, baseline=baseline, **scale
            )
        return found

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        difference = None
        if "contrast" in found:
            first, second = (name_clips(name) for name in found["main"]["contrast"])
            difference = {**describe_figure(found["contrast"]), "first": first, "second": second}
        return {
            "difference": difference,
            "reasons": list_reasons(
                [(name_condition(one["condition"]), one["mean"]) for one in found["conditions"]]
            ),
            "conditions": [
                {
                    "name": name_condition(one["condition"]),
                    **_show_quartiles(one),
                    "mean": describe_figure(one["mean"]),
                }
                for one in found["conditions"]
            ],
            "clips": [
                {
                    "recording": row["recording"],
                    "scores": [
                        {
                            "name": name_condition(one["condition"]),
                            "clip": clips.get(row["item"], {}).get(one["condition"]),
                            **_show_quartiles(one),
                        }
                        for one in row["scores"]
                    ],
                }
                for row in found["clips"]
            ],
            "coefficients": show_coefficients([("", found["models"].get("coefficients"))]),
            "charts": {"answers": "scores"},
        }

    def list_charts(self, found: Found) -> list[str]:
        return [] if found["is_blind"] else ["scores"]

    def make_spec(self, found: Found, name: str, *, width: int) -> Spec:
        labels, _ = label_points(found)
        rows = [
            {
                "label": name_condition(one["condition"]),
                "condition": one["condition"],
                "counts": gather_counts(one["counts"], SLIDER_BAR),
            }
            for one in found["conditions"]
        ]
        title = "How often scores were given, by tens: " + "; ".join(
            f"{row['label']} {', '.join(map(str, row['counts']))}" for row in rows
        )
        return show_distributions(rows, title=title, width=width, labels=labels)


def find_quartiles(rows: pd.DataFrame) -> dict[str, Any]:
    """Median and quartiles (linear between scores); None where there are no scores."""
    value = rows["value"].dropna().to_numpy(dtype=np.float64)
    low, median, high = np.quantile(value, [0.25, 0.5, 0.75]) if len(value) else [None] * 3
    return {"n": len(value), "median": median, "lower_quartile": low, "upper_quartile": high}


def _show_quartiles(one: Found) -> dict[str, Any]:
    return {
        "n": one["n"],
        "median": format_number(one["median"], 1),
        "quartiles": f"{format_number(one['lower_quartile'], 1)} to "
        f"{format_number(one['upper_quartile'], 1)}",
    }
