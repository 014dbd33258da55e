"""Coefficients of agreement as a page shows them, with what each of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.results.pages.rows import list_reasons
from evalsite.results.pages.wording import (
    format_interval,
    format_percent,
    format_share,
    has_interval,
)

# Of each coefficient its column's head, and what it says in a line.
HEADS: Mapping[str, tuple[str, str]] = {
    "krippendorff_alpha": (
        "Krippendorff’s α",
        "disagreement against that of answers dealt out anew: 1 is perfect, 0 is chance.",
    ),
    "percent_agreement": ("Same answer", "share of pairs of listeners who gave the same answer."),
    "gwet_ac1": (
        "Gwet’s AC1",
        "stays high where nearly all answers are alike and listeners agree, while κ and α fall: "
        "where they part, answers hardly vary.",
    ),
    "gwet_ac2": (
        "Gwet’s AC2",
        "with quadratic weights; stays high where nearly all ratings are alike and listeners "
        "agree, while α falls: where the two part, ratings hardly vary.",
    ),
    "fleiss_kappa": ("Fleiss’ κ", "agreement beyond that of listeners who only share habits."),
    "icc_a1": (
        "ICC(A,1)",
        "absolute agreement of single ratings: share of their variance that clips make.",
    ),
    "icc_ak": (
        "ICC(A,k)",
        "the same of the mean over the k listeners that a clip has; where their numbers differ, "
        "k is the harmonic mean of them.",
    ),
    "kendall_w": (
        "Kendall’s W",
        "how alike listeners rank what they all heard: 1 is one order, 0 none.",
    ),
    "raters_needed": (
        "Listeners for .80",
        "how many listeners a clip needs for a mean of reliability .80, from ICC(A,1).",
    ),
}
SHOW = {
    "percent_agreement": format_percent,
    "raters_needed": lambda value: "–" if value is None else f"{value:.0f}",
}


def show_coefficients(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any] | None:
    """`rows`: a label with the figures of `describe_…`. Nothing where there are none."""
    rows = [(label, figures) for label, figures in rows if figures]
    if not rows:
        return None
    names = list(rows[0][1])
    return {
        "heads": [HEADS[name][0] for name in names],
        "notes": [{"name": HEADS[name][0], "text": HEADS[name][1]} for name in names],
        "rows": [
            {"label": label, "cells": [_show(name, figures[name]) for name in names]}
            for label, figures in rows
        ],
        "reasons": list_reasons(
            [
                (f"{label}, {HEADS[name][0]}".lstrip(", "), figures[name])
                for label, figures in rows
                for name in names
            ]
        ),
    }


def _show(name: str, figure: Mapping[str, Any]) -> dict[str, str]:
    show = SHOW.get(name, format_share)
    if figure["estimate"] is None:
        return {"estimate": "undefined", "interval": ""}
    interval = format_interval(figure, show) if has_interval(figure) else ""
    if name == "raters_needed" and not interval and figure["low"] is not None:
        # The correlation's interval reaches 0: no number of listeners is surely enough.
        interval = f"{show(figure['low'])} or more"
    if name == "icc_ak":
        interval = f"{interval} (k {figure['details']['k']:.3g})".strip()
    return {"estimate": show(figure["estimate"]), "interval": interval}
