"""Ratings of qualities: distributions, means, the main difference, agreement, clip by clip."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from evalsite.analysis.describe import contrast_conditions, describe_conditions
from evalsite.analysis.intervals import t_interval
from evalsite.analysis.result import Result, undefined_result
from evalsite.results.charts.specs import Spec, show_distributions, show_intervals, show_shares
from evalsite.results.figures.agreement import ALPHA, matrix_of
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.flags import flag_clips
from evalsite.results.figures.items import describe_item, describe_scale
from evalsite.results.figures.model_outputs import read_item_outputs
from evalsite.results.pages.agreement import describe_split_agreement
from evalsite.results.pages.coefficients import show_coefficients
from evalsite.results.pages.ratings import MOST_BARS, SLIDER_BAR, describe_agreement, show_ratings
from evalsite.results.pages.rows import gather_counts, pick_ends
from evalsite.results.pages.wording import name_clips, name_condition
from evalsite.results.questions._match import (
    has_match,
    list_matches,
    show_clips_by_output,
    show_match,
)
from evalsite.results.questions._retention import find_presence
from evalsite.results.questions._show_entanglement import show_entanglement
from evalsite.results.questions._show_retention import list_marks, show_presence, show_retention
from evalsite.results.questions._words import find_words, show_words
from evalsite.results.questions.base import Clips, Found, Question
from evalsite.studies.models import Item

PARTS = {"listener": "listeners", "recording": "recordings", "residual": "the rest"}


class Ratings(Question):
    template: ClassVar[str] = "results/questions/ratings.html"
    blind_template: ClassVar[str] = "results/questions/ratings_blind.html"
    waits: ClassVar[bool] = True
    contents: ClassVar[tuple[tuple[str, str], ...]] = (
        ("answers", "All answers"),
        ("agreement", "Agreement"),
        ("split-agreement", "Within conditions and groups"),
        ("factors", "Between listeners"),
        ("trust", "Trust"),
        ("models", "Variance"),
        ("match", "Listeners and model"),
        ("retention", "What kept clips carry"),
        ("entanglement", "Correlated qualities"),
        ("words", "Words"),
        ("clips", "Clip by clip"),
    )

    def find_blind(self, analysed: AnalysedBlock) -> dict[str, Any]:
        return {
            **describe_scale(analysed),
            "qualities": [
                {**vars(quality), "agreement": ALPHA(matrix_of(rows))}
                for quality, rows in analysed.by_quality.items()
            ],
        }

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        scale = describe_scale(analysed)
        outputs = read_item_outputs(analysed)
        return {
            **scale,
            "conditions": list(analysed.block.conditions),
            "main": {
                "quality": find_main_quality(analysed),
                "contrast": analysed.contrast,
            },
            "qualities": [
                {
                    **vars(quality),
                    "agreement": ALPHA(matrix_of(rows)),
                    **_describe_quality(rows, analysed, **scale),
                    "clips": _describe_clips(
                        rows,
                        analysed.items,
                        {item: own.get(quality.name) for item, own in outputs.items()},
                        **scale,
                    ),
                }
                for quality, rows in analysed.by_quality.items()
            ],
            **find_presence(analysed, **scale),
            **find_words(analysed),
        }

    def show_blind(self, found: Found) -> dict[str, Any]:
        return {"agreement": describe_agreement(found)}

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        return {
            **show_ratings(found, chosen.get("quality", ""), clips),
            "coefficients": show_coefficients(
                [
                    (quality["label"], quality.get("coefficients"))
                    for quality in found["models"].get("qualities", ())
                ]
            ),
            "split_agreement": describe_split_agreement(found["models"], found),
            "match": show_match(found["models"]),
            "retention": show_retention(found["models"]),
            "presence": show_presence(found),
            "entanglement": show_entanglement(found["models"]),
            "words": show_words(found, clips),
        }

    def list_charts(self, found: Found) -> list[str]:
        names = ["agreement"]
        if found["is_blind"]:
            return names
        if found["main"]["contrast"]:
            names.append("difference")
        names += [f"answers-{quality['name']}" for quality in found["qualities"]]
        models = found.get("models", {})
        if _list_shares(models):
            names.append("variance")
        if has_match(models):
            names.append("match")
        names += [f"clips-{one['name']}" for one in found["qualities"] if _has_outputs(one)]
        marks = list_marks(models.get("retention", {}).get("qualities", ()))
        if any(mark["estimate"] is not None for mark in marks):
            names.append("retention")
        return names

    def make_spec(self, found: Found, name: str, *, width: int) -> Spec:
        if name == "agreement":
            return _show_agreement(found, width)
        if name == "difference":
            return _show_difference(found, width)
        if name == "variance":
            return _show_variance(found["models"], width)
        if name == "match":
            return _show_matches(found["models"], width)
        if name.startswith("clips-"):
            own = _find_quality(found, name.removeprefix("clips-"))
            return show_clips_by_output(own, width=width)
        if name == "retention":
            return _show_retained(found["models"], width)
        return _show_answers(found, name.removeprefix("answers-"), width)


def find_main_quality(analysed: AnalysedBlock) -> str:
    """The first that the protocol registers a question on, else its first."""
    named = [question.quality for question in analysed.registered]
    return named[0] if named else str(analysed.trial_type.qualities[0].name)


def mean_over_listeners(counts: Sequence[int], *, lowest: int = 1) -> Result:
    """Mean of one clip's ratings, each from another listener; t interval for new listeners.

    `counts`: how often each point was chosen, the lowest first.
    """
    method, population = "mean; t interval over listeners", "new listeners, this clip"
    n = sum(counts)
    if n == 0:
        return undefined_result("no_data", method=method, population=population)
    mean, nan = sum(k * count for k, count in enumerate(counts, lowest)) / n, math.nan
    if n < 2:
        return Result(mean, nan, nan, n, method, "too_few_listeners", population)
    squares = sum(count * (k - mean) ** 2 for k, count in enumerate(counts, lowest))
    variance = squares / (n - 1) / n
    if max(counts) == n:
        return Result(mean, nan, nan, n, method, "no_variation", population)
    low, high, error = t_interval(mean, variance, df=n - 1, level=0.95)
    details = {"standard_error": error, "df": n - 1}
    low, high = max(low, float(lowest)), min(high, float(lowest + len(counts) - 1))
    return Result(mean, low, high, n, method, None, population, details=details)


def count_by_item(
    rows: pd.DataFrame, items: Sequence[Item], *, points: int, lowest: int = 1
) -> list[list[int]]:
    """For each item how often "can't tell" and each point, the lowest first, was answered."""
    place = pd.Series(range(len(items)), index=[item.number for item in items])
    at = place.reindex(rows["item"].to_numpy(dtype=int)).to_numpy()
    value = rows["value"].to_numpy(dtype=float, na_value=lowest - 1).astype(int) - lowest + 1
    width = points + 1
    counts = np.bincount(at.astype(int) * width + value, minlength=len(items) * width)
    return counts.reshape(len(items), width).tolist()


def _describe_quality(
    rows: pd.DataFrame, analysed: AnalysedBlock, *, points: int, lowest: int
) -> dict[str, Any]:
    scale = {"points": points, "lowest": lowest}
    described = describe_conditions(rows, conditions=analysed.block.conditions, **scale)
    found: dict[str, Any] = {"conditions": [vars(condition) for condition in described]}
    if analysed.contrast:
        names = dict(zip(("condition", "baseline"), analysed.contrast, strict=True))
        found["contrast"] = contrast_conditions(rows, **names, **scale)
        found["groups"] = [
            {
                "group": group,
                "n_listeners": members["listener"].nunique(),
                "contrast": contrast_conditions(members, **names, **scale),
            }
            for group, members in rows.groupby("group", sort=True)
            if group
        ]
    return found


def _describe_clips(
    rows: pd.DataFrame,
    items: Sequence[Item],
    outputs: Mapping[int, float | None],
    *,
    points: int,
    lowest: int,
) -> list[dict[str, Any]]:
    """`outputs`: what the model says of the quality, by the item's number."""
    table = count_by_item(rows, items, points=points, lowest=lowest)
    clips = [
        {
            **describe_item(item),
            "n": n_cant_tell + sum(counts),
            "n_cant_tell": n_cant_tell,
            "counts": counts,
            "mean": mean_over_listeners(counts, lowest=lowest),
            "model_output": outputs.get(item.number),
        }
        for item, (n_cant_tell, *counts) in zip(items, table, strict=True)
    ]
    return [{**clip, "flags": flags} for clip, flags in zip(clips, flag_clips(clips), strict=True)]


def _show_answers(found: Found, name: str, width: int) -> Spec:
    quality = _find_quality(found, name)
    labels, step = label_points(found)
    rows = [
        {
            "label": name_condition(condition["condition"]),
            "condition": condition["condition"],
            "counts": gather_counts(condition["counts"], step),
        }
        for condition in quality["conditions"]
    ]
    title = f"How often {labels[0]} to {labels[-1]} was chosen for {quality['label'].lower()}: " + (
        "; ".join(f"{row['label']} {', '.join(map(str, row['counts']))}" for row in rows)
    )
    return show_distributions(rows, title=title, width=width, labels=labels)


def label_points(found: Found) -> tuple[list[str], int]:
    """Labels of the bars, and how many points of the scale are in one: 1, or 10 of a slider."""
    lowest, points = found["lowest"], found["points"]
    step = 1 if points <= MOST_BARS else SLIDER_BAR
    return [str(lowest + k) for k in range(0, points, step)], step


def _show_difference(found: Found, width: int) -> Spec:
    first, second = (name_clips(name) for name in found["main"]["contrast"])
    title = f"Mean rating of {first} minus {second}, in points, with 95 % intervals"
    rows = [take_ends(quality["label"], quality["contrast"]) for quality in found["qualities"]]
    return show_intervals(rows, title=title, unit="points", width=width)


def _show_agreement(found: Found, width: int) -> Spec:
    title = "Krippendorff’s alpha, ordinal, by quality, with 95 % intervals"
    rows = [take_ends(quality["label"], quality["agreement"]) for quality in found["qualities"]]
    return show_intervals(rows, title=title, unit="α", width=width)


def _find_quality(found: Found, name: str) -> Found:
    return next(quality for quality in found["qualities"] if quality["name"] == name)


def _has_outputs(quality: Found) -> bool:
    return any(row["model_output"] is not None for row in quality["clips"])


def _show_matches(models: Found, width: int) -> Spec:
    rows = list_matches(models["model_match"])
    title = "Correlation of mean ratings with the model’s outputs, with 95 % intervals"
    return show_intervals(rows, title=title, unit="r", width=width)


def _show_retained(models: Found, width: int) -> Spec:
    rows = list_marks(models["retention"]["qualities"])
    title = "Retention of each quality: listeners with 95 % intervals, the model as dots"
    return show_intervals(rows, title=title, unit="retention", width=width)


def _list_shares(models: Found) -> list[dict[str, Any]]:
    return [
        {"label": quality["label"], "part": PARTS[part], "share": figure["estimate"]}
        for quality in models.get("qualities", ())
        for part, figure in quality["shares"].items()
        if part in PARTS and figure["estimate"] is not None
    ]


def _show_variance(models: Found, width: int) -> Spec:
    rows = _list_shares(models)
    title = "Shares of the variance of ratings, from left to right: " + ", ".join(PARTS.values())
    return show_shares(rows, title=title, width=width)


def take_ends(label: str, figure: Found) -> dict[str, Any]:
    return {"label": label, **pick_ends(figure)}
