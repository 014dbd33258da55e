"""Spans marked on the time line: how much of the explanation's weight lies in them, by clip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from evalsite.results.charts.axis import axis_around_zero
from evalsite.results.charts.intervals import draw_axis_labels
from evalsite.results.charts.specs import Spec, show_intervals
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.overlap import measure_overlaps
from evalsite.results.pages.rows import describe_row, list_reasons
from evalsite.results.pages.wording import format_p, format_percent, name_condition
from evalsite.results.questions._show_choices import describe_figure, list_sounds
from evalsite.results.questions.base import Clips, Found, Question
from evalsite.results.questions.ratings import take_ends


class Spans(Question):
    template: ClassVar[str] = "results/questions/spans.html"

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        return measure_overlaps(analysed)

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        overlaps = found["overlaps"]
        figures = [(_name_row(one, overlaps), one["overlap"]) for one in overlaps]
        ends = [f[end] for _, f in figures for end in ("low", "high", "estimate") if f[end]]
        axis = axis_around_zero(ends, most=1.0)
        return {
            "rows": {
                "rows": [
                    describe_row(label, "", figure, axis, show=format_percent)
                    for label, figure in figures
                ],
                "axis": draw_axis_labels(axis, {x: format_percent(x) for x in axis.lines}),
            },
            "reasons": list_reasons(figures),
            "overlaps": [
                {"name": _name_row(one, overlaps), "n": one["n"], **_show_overlap(one["overlap"])}
                for one in overlaps
            ],
            "clips": [
                {
                    **{name: row[name] for name in ("recording", "target", "label", "n")},
                    "condition": name_condition(row["condition"]),
                    "sounds": list_sounds(clips, row["item"]),
                    **_show_overlap(row["overlap"]),
                }
                for row in found["clips"]
            ],
        }

    def list_charts(self, found: Found) -> list[str]:
        return [] if found["is_blind"] else ["overlap"]

    def make_spec(self, found: Found, name: str, *, width: int) -> Spec:
        overlaps = found["overlaps"]
        rows = [take_ends(_name_row(one, overlaps), one["overlap"]) for one in overlaps]
        title = "Weight of the explanation in the marked spans beyond chance, with 95 % intervals"
        return show_intervals(rows, title=title, unit="share", width=width)


def _name_row(one: Found, overlaps: list[Found]) -> str:
    """The condition, and what was marked where that is more than one thing."""
    condition = name_condition(one["condition"])
    is_one = len({other["prompt"] for other in overlaps}) == 1
    return condition if is_one else f"{one['label']}: {condition.lower()}"


def _show_overlap(overlap: Found) -> dict[str, Any]:
    details = overlap["details"]
    return {
        **describe_figure(overlap, format_percent),
        "captured": format_percent(details.get("captured")),
        "chance": format_percent(details.get("chance")),
        "n_nowhere": details.get("n_nowhere", 0),
        "p_value": format_p(details.get("p_value")),
        "p_value_swapped": format_p(details.get("p_value_swapped")),
    }
