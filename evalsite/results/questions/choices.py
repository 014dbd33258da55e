"""Choices with a known answer: right answers against chance, what is taken for what, by clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from evalsite.analysis.accuracy import (
    binomial_share,
    compare_confusions,
    convert_to_d_prime,
    correct_for_guessing,
    count_confusions,
    identification_accuracy,
)
from evalsite.analysis.describe import contrast_conditions
from evalsite.analysis.result import Result, undefined_result
from evalsite.results.charts.specs import Spec, show_intervals
from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.coefficients import describe_names
from evalsite.results.figures.model_outputs import read_item_outputs
from evalsite.results.pages.coefficients import show_coefficients
from evalsite.results.pages.wording import format_percent, name_condition
from evalsite.results.questions._show_choices import show_choices
from evalsite.results.questions.base import Clips, Found, Question
from evalsite.results.questions.ratings import describe_item, take_ends
from evalsite.studies.models import Item

# A random order of names beyond 7 categories needs a seed.
SEED = 0


class Choices(Question):
    template: ClassVar[str] = "results/questions/choices.html"
    blind_template: ClassVar[str] = "results/questions/names_blind.html"
    contents: ClassVar[tuple[tuple[str, str], ...]] = (
        ("taken", "What is taken for what"),
        ("places", "Places"),
        ("coefficients", "Agreement"),
        ("factors", "Between listeners"),
        ("trust", "Trust"),
        ("clips", "Clip by clip"),
    )

    def find_blind(self, analysed: AnalysedBlock) -> dict[str, Any]:
        return {"agreement": measure_agreement(analysed)}

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        answers = list_answers(analysed)
        chance = float(answers["chance"].mean()) if len(answers) else 0.5
        accuracy = measure_accuracy(answers, chance)
        task = find_task(analysed, answers)
        by_item = count_right(answers)
        found: dict[str, Any] = {
            **self.find_blind(analysed),
            "chance": chance,
            "chance_differs": answers["chance"].nunique() > 1,
            "accuracy": accuracy,
            "known": correct_for_guessing(accuracy, chance=chance),
            "task": task,
            "d_prime": convert_to_d_prime(accuracy, task=task) if task else None,
            "conditions": [
                {"condition": name, "n": len(own), "accuracy": measure_accuracy(own, chance)}
                for name in dict.fromkeys(analysed.item_conditions.values())
                for own in [answers[answers["condition"] == name]]
            ],
            "clips": [
                _describe_clip(item, by_item.get(item.number, (0, 0)), chance)
                for item in analysed.items
            ],
            "confusion": describe_confusion(analysed, answers),
            **describe_places(analysed, answers),
        }
        contrast = analysed.contrast
        if contrast and set(contrast) <= set(analysed.item_conditions.values()):
            found["main"] = {"contrast": contrast}
            found["contrast"] = _contrast(answers, contrast)
        return found

    def show_blind(self, found: Found) -> dict[str, Any]:
        return {"coefficients": show_coefficients([("", found["agreement"])])}

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        return {
            **show_choices(found, clips),
            **self.show_blind(found),
            "charts": {"accuracy": "accuracy"},
        }

    def list_charts(self, found: Found) -> list[str]:
        return [] if found["is_blind"] else ["accuracy"]

    def make_spec(self, found: Found, name: str, *, width: int) -> Spec:
        rows = [
            take_ends("All answers", found["accuracy"]),
            *(
                take_ends(name_condition(one["condition"]), one["accuracy"])
                for one in found["conditions"]
            ),
        ]
        chance = found["chance"]
        title = (
            "Share of right answers with 95 % intervals; the dashed line is guessing, "
            f"{format_percent(chance)}"
        )
        return show_intervals(rows, title=title, unit="share right", width=width, reference=chance)


def list_answers(analysed: AnalysedBlock) -> pd.DataFrame:
    """One row an answer. `condition` is the item's: that of a chosen clip would be an answer.
    `drawn`: what other studies would draw anew, recordings, or trials where these have none."""
    rows = analysed.rows
    truth = rows["x_is" if analysed.block.trial_type == "abx" else "truth"]
    have_recordings = all(item.recording_id for item in analysed.items)
    return pd.DataFrame(
        {
            "listener": rows["listener"],
            "recording": rows["recording"],
            "drawn": rows["recording" if have_recordings else "item"].astype(int),
            "clip": rows["item"].astype(int),
            "condition": rows["item"].map(analysed.item_conditions),
            "truth": truth,
            "choice": rows["choice"],
            "is_correct": rows["is_correct"].astype("float64"),
            "chance": rows["chance"].astype("float64"),
        }
    )


def measure_agreement(analysed: AnalysedBlock) -> dict[str, Result]:
    """Of the names that were chosen; none for ABX, where each listener is asked about another X."""
    if analysed.block.trial_type == "abx":
        return {}
    rows = analysed.rows
    return describe_names(
        pd.DataFrame(
            {"listener": rows["listener"], "item": rows["item"].astype(int), "name": rows["choice"]}
        )
    )


def measure_accuracy(answers: pd.DataFrame, chance: float) -> Result:
    """Clips of one recording in several conditions or for several targets go together."""
    drawn = answers[["listener", "drawn", "is_correct"]].rename(columns={"drawn": "clip"})
    found = identification_accuracy(drawn, chance=chance)
    if answers["drawn"].equals(answers["clip"]):
        return found
    return replace(
        found,
        method="share right; crossed listeners and recordings, t",
        population="new listeners and new recordings",
    )


def measure_share(answers: pd.DataFrame, is_so: np.ndarray) -> Result:
    """Share of answers of which something is so, with the interval of right ones and no test."""
    found = measure_accuracy(answers.assign(is_correct=is_so.astype(float)), 0.5)
    counts = {"n": found.details["n_correct"], "n_listeners": found.details["n_listeners"]}
    return replace(found, details=counts)


def find_task(analysed: AnalysedBlock, answers: pd.DataFrame) -> str:
    """The task whose d' the share right stands for; empty: none is defined."""
    if analysed.block.trial_type == "abx":
        return "abx_differencing"
    numbers = set((1 / answers["chance"]).round().astype(int))
    if getattr(analysed.trial_type, "ask", "") == "clip" and len(numbers) == 1:
        (m,) = numbers
        return f"{m}afc" if 2 <= m <= 4 else ""
    return ""


def describe_places(analysed: AnalysedBlock, answers: pd.DataFrame) -> dict[str, Any]:
    """How often each place on the page, or A and B, was chosen, whatever stood there.

    Nothing where answers have no place, or trials offer different numbers of them.
    """
    column = "choice" if analysed.block.trial_type == "abx" else "place"
    recorded = {one.name for one in analysed.trial_type.columns()}
    if column not in recorded or answers["chance"].nunique() != 1:
        return {}
    expected = float(answers["chance"].iloc[0])
    chosen = analysed.rows[column].astype(str).to_numpy()
    places = ["A", "B"] if column == "choice" else [str(k + 1) for k in range(round(1 / expected))]
    return {
        "places": {
            "column": column,
            "shares": [
                {
                    "place": place,
                    "share": measure_share(answers, chosen == place),
                }
                for place in places
            ],
        }
    }


def describe_confusion(analysed: AnalysedBlock, answers: pd.DataFrame) -> dict[str, Any]:
    """What was there by what was answered: the listeners', and the model's where it has outputs.

    Where the model is foretold, what was there is the model's answer: the first table says all.
    """
    pairs = answers[["truth", "choice"]].astype(object)
    names = sorted({str(name) for name in pairs.to_numpy().ravel()})
    human = count_confusions(pairs["truth"], pairs["choice"], categories=names)
    found: dict[str, Any] = {
        "categories": list(human.categories),
        "counts": human.counts,
        "recalls": [human.describe_recalls()[name] for name in names],
    }
    if analysed.block.trial_type == "predict_model":
        return found
    outputs = read_item_outputs(analysed)
    by_item = {
        item.number: choose_as_model(outputs.get(item.number, {}), names) for item in analysed.items
    }
    said = answers["clip"].map(by_item)
    if not len(answers) or said.isna().any():
        return found
    model = count_confusions(pairs["truth"], said, categories=names)
    rng = np.random.default_rng(SEED)
    return {
        **found,
        "model_counts": model.counts,
        "model_agreement": compare_confusions(human, model, rng=rng),
        "human_by_model": count_confusions(said, pairs["choice"], categories=names).counts,
    }


def choose_as_model(outputs: Mapping[str, float], names: list[str]) -> str | None:
    """The name whose output is highest on an item's one clip; None where one is not known."""
    if not names or not set(names) <= outputs.keys():
        return None
    return max(names, key=lambda name: outputs[name])


def _contrast(answers: pd.DataFrame, contrast: list[str]) -> Result:
    judged = answers.rename(columns={"is_correct": "value"})
    condition, baseline = contrast
    return contrast_conditions(judged, condition=condition, baseline=baseline, points=2, lowest=0)


def count_right(answers: pd.DataFrame) -> dict[int, tuple[int, int]]:
    """For each item that was answered: how many answers are right, of how many."""
    counts = answers.groupby("clip")["is_correct"].agg(["sum", "size"])
    return {item: (int(right), int(n)) for item, right, n in counts.itertuples()}


def _describe_clip(item: Item, counts: tuple[int, int], chance: float) -> dict[str, Any]:
    n_correct, n = counts
    share = (
        binomial_share(n_correct, n, chance=chance)
        if n
        else undefined_result("no_data", method="exact binomial test")
    )
    return {**describe_item(item), "n": n, "n_correct": n_correct, "share": share}
