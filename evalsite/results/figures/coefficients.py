"""Agreement by several coefficients: each answers another question, so they stand side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

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

RELIABILITY = 0.8


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
