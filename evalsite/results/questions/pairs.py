"""Paired comparisons: conditions on one scale, how often each won against each, by clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pandas as pd
from scipy import special

from evalsite.analysis.pairwise import PairwiseScale, fit_bradley_terry
from evalsite.analysis.result import Result
from evalsite.results.charts.axis import axis_around_zero
from evalsite.results.charts.intervals import draw_axis_labels
from evalsite.results.charts.specs import Spec, show_intervals
from evalsite.results.charts.squares import show_matrix
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.coefficients import describe_names
from evalsite.results.pages.coefficients import show_coefficients
from evalsite.results.pages.rows import describe_row, list_reasons
from evalsite.results.pages.wording import format_number, join_words, name_clips, name_condition
from evalsite.results.questions._show_choices import describe_figure, list_sounds
from evalsite.results.questions.base import Clips, Found, Question
from evalsite.results.questions.ratings import describe_item, take_ends

# As far as a scale is drawn, in logits: 95 wins of 100 are 3.
FARTHEST = 6.0


class Pairs(Question):
    template: ClassVar[str] = "results/questions/pairs.html"
    blind_template: ClassVar[str] = "results/questions/names_blind.html"
    contents: ClassVar[tuple[tuple[str, str], ...]] = (
        ("wins", "Who won"),
        ("coefficients", "Agreement"),
        ("clips", "Pair by pair"),
    )

    def find_blind(self, analysed: AnalysedBlock) -> dict[str, Any]:
        """Agreement in what was preferred; a tie is an answer of its own."""
        rows = analysed.rows
        names = {"listener": rows["listener"], "item": rows["item"], "name": rows["preferred"]}
        return {"agreement": describe_names(pd.DataFrame(names).astype({"item": int}))}

    def show_blind(self, found: Found) -> dict[str, Any]:
        return {"coefficients": show_coefficients([("", found["agreement"])])}

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        rows = analysed.rows
        comparisons = pd.DataFrame(
            {
                "first": rows["condition_a"],
                "second": rows["condition_b"],
                "outcome": rows["outcome"].astype("float64"),
                "listener": rows["listener"],
            }
        )
        scale = fit_bradley_terry(comparisons, position=True, ties=analysed.trial_type.offer_tie)
        names = [name for name in analysed.block.conditions if name in scale.abilities]
        by_item = dict(list(rows.groupby("item")))
        found: dict[str, Any] = {
            **self.find_blind(analysed),
            "scale": [{"condition": name, "ability": scale.abilities[name]} for name in names],
            "position": scale.position,
            "ties": scale.ties,
            "groups": [list(group) for group in scale.groups],
            "wins": {"conditions": names, **_count_wins(comparisons, names)},
            "clips": [
                {
                    **describe_item(item),
                    "n": len(own),
                    "preferred": {name: int((own["preferred"] == name).sum()) for name in names},
                    "n_ties": int(own["is_tie"].sum()),
                }
                for item in analysed.items
                for own in [by_item.get(item.number, rows.iloc[:0])]
            ],
        }
        return found | _compare(analysed, scale)

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        figures = [(name_condition(one["condition"]), one["ability"]) for one in found["scale"]]
        ends = [f[end] for _, f in figures for end in ("low", "high", "estimate") if f[end]]
        axis = axis_around_zero([max(-FARTHEST, min(FARTHEST, v)) for v in ends], most=FARTHEST)
        wins = found["wins"]
        names = [name_condition(name) for name in wins["conditions"]]
        extras = [
            ("Heard as A", found["position"]),
            ("Tendency to call a tie", found["ties"]),
        ]
        return {
            **self.show_blind(found),
            "rows": {
                "rows": [describe_row(label, "", figure, axis) for label, figure in figures],
                "axis": draw_axis_labels(axis, {x: format_number(x, 1) for x in axis.lines}),
            },
            "reasons": list_reasons(figures),
            "groups": [
                join_words([name_clips(name) for name in group]) for group in found["groups"]
            ],
            "difference": _show_difference(found),
            "extras": [
                {"label": label, **describe_figure(figure)} for label, figure in extras if figure
            ],
            "names": names,
            "matrix": show_matrix(names, wins["counts"]),
            "clips": [_show_clip(row, clips) for row in found["clips"]],
        }

    def list_charts(self, found: Found) -> list[str]:
        return [] if found["is_blind"] else ["scale"]

    def make_spec(self, found: Found, name: str, *, width: int) -> Spec:
        rows = [
            take_ends(name_condition(one["condition"]), one["ability"]) for one in found["scale"]
        ]
        title = "Scale of preference (Bradley–Terry), with 95 % intervals"
        return show_intervals(rows, title=title, unit="logits", width=width)


def _compare(analysed: AnalysedBlock, scale: PairwiseScale) -> dict[str, Any]:
    contrast = analysed.contrast
    if contrast is None or not set(contrast) <= scale.abilities.keys():
        return {}
    difference = scale.compare(*contrast)
    return {
        "main": {"contrast": contrast},
        "contrast": difference,
        "win_share": tell_as_wins(difference),
    }


def tell_as_wins(difference: Result) -> Result:
    """Share of decided comparisons that the first would win: the logistic of the difference."""
    ends = (difference.estimate, difference.low, difference.high)
    estimate, low, high = (float(special.expit(end)) for end in ends)
    method = f"share won; {difference.method}"
    return replace(difference, estimate=estimate, low=low, high=high, method=method)


def _count_wins(comparisons: pd.DataFrame, names: list[str]) -> dict[str, list[list[int]]]:
    """`counts`: how often the row's condition won against the column's; `ties` likewise."""
    first, second = comparisons["first"], comparisons["second"]
    won = comparisons["outcome"]

    def count(a: str, b: str, outcome: float) -> int:
        return int(((first == a) & (second == b) & (won == outcome)).sum())

    return {
        "counts": [[count(a, b, 1) + count(b, a, 0) for b in names] for a in names],
        "ties": [[count(a, b, 0.5) + count(b, a, 0.5) for b in names] for a in names],
    }


def _show_difference(found: Found) -> dict[str, Any] | None:
    if "contrast" not in found:
        return None
    first, second = (name_clips(name) for name in found["main"]["contrast"])
    wins = describe_figure(found["win_share"], lambda share: format_number(100 * share, 0))
    return {
        **describe_figure(found["contrast"]),
        "first": first,
        "second": second,
        "wins": wins["interval"] or wins["estimate"],
    }


def _show_clip(row: Found, clips: Clips) -> dict[str, Any]:
    counts = [{"name": name_condition(name), "n": n} for name, n in row["preferred"].items() if n]
    return {
        **{name: row[name] for name in ("recording", "target", "n", "n_ties")},
        "pair": " vs ".join(
            name_condition(name).lower() for name in row["condition"].split(" vs ")
        ),
        "preferred": counts,
        "sounds": list_sounds(clips, row["item"]),
    }
