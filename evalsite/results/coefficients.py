"""Agreement by several coefficients: each answers another question, so they stand side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from evalsite.analysis.agreement import (
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    icc,
    kendall_w,
    krippendorff_alpha,
    mean_ratings,
    percent_agreement,
)
from evalsite.analysis.power import plan_raters
from evalsite.analysis.result import Result
from evalsite.results.page import list_reasons
from evalsite.results.wording import format_interval, format_percent, format_share, has_interval

RELIABILITY = 0.8
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


def describe_ordinal(matrix: pd.DataFrame, points: Sequence[float]) -> dict[str, Result]:
    """Ratings on a scale of these points, beside their alpha. `matrix`: a row a listener."""
    return {
        "percent_agreement": percent_agreement(matrix),
        "gwet_ac2": gwet_ac2(matrix, categories=points),
        **describe_means(matrix),
    }


def describe_means(matrix: pd.DataFrame) -> dict[str, Result]:
    """Single ratings, the mean of as many as there are, and how many there should be."""
    single, k = icc(matrix, form="ICC(A,1)"), mean_ratings(matrix)
    return {
        "icc_a1": single,
        # Of the means as they are shown: of the listeners that clips have, not of all.
        "icc_ak": icc(matrix, form="ICC(A,k)", k=None if math.isnan(k) else k),
        "raters_needed": plan_raters(single, reliability=RELIABILITY),
    }


def describe_scores(matrix: pd.DataFrame) -> dict[str, Result]:
    """Scores of several sounds, each sound of each trial a column."""
    return {**describe_means(matrix), "kendall_w": kendall_w(matrix)}


def describe_names(answers: pd.DataFrame) -> dict[str, Result]:
    """Answers that are names: columns `listener`, `item` and `name`."""
    codes = pd.factorize(answers["name"], sort=True)[0].astype(float)
    matrix = answers.assign(code=codes).pivot(index="listener", columns="item", values="code")
    return {
        "krippendorff_alpha": krippendorff_alpha(matrix, level="nominal"),
        "percent_agreement": percent_agreement(matrix),
        "gwet_ac1": gwet_ac1(matrix),
        "fleiss_kappa": fleiss_kappa(matrix),
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
