"""Honest scores: what an explanation is worth, each with a sentence that says how to take it.

Held-out R² is the surrogate's on maskings it was not fitted to (what ``lime`` prints is the
training R², which says nothing); stability compares weights from two disjoint halves of the
maskings. An undefined score is None, and its sentence says why.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.curves import Curves
from explain_engine.explainers.base import Attribution, Check, correlate_ranks
from explain_engine.numbers import format_number

R2_TITLE = "Held-out R²"
STABILITY_TITLE = "Stability of two halves"
OVERLAP_TITLE = "Overlap of the strongest"

# Of two halves; by Spearman's and Brown's formula the whole set then agrees with another to .75
# and .9.
MIN_STABILITY = 0.6
GOOD_STABILITY = 0.82
MIN_R2 = 0.5
GOOD_R2 = 0.7
# Those that decide whether an explanation is to be used at all.
DECISIVE = ("selection", "held_out_r2", "stability")


@dataclass(frozen=True)
class Score:
    """A figure and how to take it.

    Parameters
    ----------
    name, title : str
        For programs, for people.
    value : float or None
        None if undefined.
    caveat : str
        One or two sentences, chosen by the value.
    is_weak : bool
        Whether a reader must be warned.
    """

    name: str
    title: str
    value: float | None
    caveat: str
    is_weak: bool = False


def score_weights(
    attribution: Attribution, target: int, n_selected: int, selection: str
) -> list[Score]:
    """Score one target's weights.

    Parameters
    ----------
    attribution : Attribution
        Weights of all targets, and what tells how good they are.
    target : int
        Which target.
    n_selected : int
        Size of the top set compared.
    selection : {"for", "against"}
        Which end is the top.

    Returns
    -------
    list of Score
        ``held_out_r2``, ``stability``, ``top_overlap``, ``complexity``.
    """
    complexity = _score_complexity(attribution.weights[target])
    if attribution.check is None:
        reason = "This explainer asks the model nothing, so there is no fit to check."
        return [
            Score("held_out_r2", R2_TITLE, None, reason, True),
            Score("stability", STABILITY_TITLE, None, reason, True),
            Score("top_overlap", OVERLAP_TITLE, None, reason, True),
            complexity,
        ]
    held_out = _score_held_out(attribution.check, target)
    if attribution.halves is None:
        reason = "Nothing is drawn at random here: another seed gives the same weights."
        return [
            held_out,
            Score("stability", STABILITY_TITLE, None, reason),
            Score("top_overlap", OVERLAP_TITLE, None, reason),
            complexity,
        ]
    first, second = attribution.halves[:, target]
    return [
        held_out,
        _score_stability(first, second, len(attribution.masks) // 2),
        _score_overlap(first, second, n_selected, selection),
        complexity,
    ]


def score_selection(
    weights: np.ndarray, selected: np.ndarray, target: str, selection: str
) -> list[Score]:
    """Warn where nothing speaks for a target, and something was kept all the same.

    Parameters
    ----------
    weights : np.ndarray, shape=(n_components,)
        The target's weights.
    selected : np.ndarray of int
        What was kept.
    target : str
        The target.
    selection : {"for", "against"}
        What kept was to do.

    Returns
    -------
    list of Score
        ``selection``, or nothing where there is nothing to warn of.
    """
    sign = 1.0 if selection == "for" else -1.0
    if sign * weights[selected[0]] > 0:
        return []
    other = "against" if selection == "for" else "for"
    return [
        Score(
            "selection",
            "Components kept",
            0.0,
            f"Nothing speaks {selection} {target} in this excerpt: kept is the one component that "
            f"speaks least {other} it, so its clip explains nothing.",
            True,
        )
    ]


def score_curves(curves: Curves, selection: str) -> list[Score]:
    """Score one target's ranking by what the model says along it.

    Parameters
    ----------
    curves : Curves
        Output while the strongest go, and while they come.
    selection : {"for", "against"}
        Which end is the strongest.

    Returns
    -------
    list of Score
        ``deletion`` and ``insertion``: areas, in the target's unit.
    """
    out, into = curves.deletion_area, curves.insertion_area
    lead = into - out if selection == "for" else out - into
    is_weak = lead <= 0
    end = "high" if selection == "for" else "low"
    caveat = (
        f"Mean output while components come in, strongest first: the {end}er the better. The same "
        f"while they go out is {format_number(out)}; a ranking by chance makes both alike."
    )
    if is_weak:
        caveat += " This ranking does no better than chance."
    other = "low" if selection == "for" else "high"
    return [
        Score("insertion", "Insertion area", into, caveat, is_weak),
        Score(
            "deletion",
            "Deletion area",
            out,
            f"Mean output while components go out, strongest first: the {other}er the better. "
            f"What is left sounds unlike any recording the model was made for.",
        ),
    ]


def give_verdict(scores: list[Score], attribution: Attribution, wanted: float | None = None) -> str:
    """Return one sentence that says first what is wrong, if anything is.

    Parameters
    ----------
    scores : list of Score
        Of one target.
    attribution : Attribution
        What they are of.
    wanted : float, optional
        The stability at which sampling was to stop.
    """
    named = {score.name: score for score in scores}
    stability, r2 = named["stability"].value, named["held_out_r2"].value
    if "selection" in named:
        return named["selection"].caveat
    if attribution.nature == "random":
        return "These weights are random: they explain nothing and serve as a yardstick."
    n_samples, n_components = attribution.masks.shape
    is_sampled = attribution.halves is not None
    if r2 is None or (is_sampled and stability is None):
        return "Undefined: the model answers every masking alike, so there is nothing to explain."
    if stability is not None and stability < MIN_STABILITY:
        return (
            f"Unstable: two halves of the {n_samples} maskings rank the {n_components} "
            f"components alike only to {format_number(stability)} (Spearman); take more samples "
            f"or fewer components before you build a study on this."
        )
    if wanted is not None and stability is not None and stability < wanted:
        return (
            f"Less stable than wanted: two halves of the {n_samples} maskings rank the "
            f"{n_components} components alike to {format_number(stability)} (Spearman), "
            f"{format_number(wanted)} was asked for; take more samples or fewer components."
        )
    if r2 < MIN_R2:
        return (
            f"Weak: the weights predict the model's answer to new maskings only to R² "
            f"{format_number(r2)}; the components act together rather than one by one."
        )
    said = f"held-out R² {format_number(r2)}"
    said = (
        f"nothing drawn at random, {said}"
        if stability is None
        else (f"stability {format_number(stability)}, {said}")
    )
    if (stability is not None and stability < GOOD_STABILITY) or r2 < GOOD_R2:
        return (
            f"Fair: {said}; the strongest components can be trusted more than the order of the "
            f"rest."
        )
    return f"Good: {said}."


def _score_held_out(check: Check, target: int) -> Score:
    y, importance = check.actual[:, target], check.importance
    error = y - check.predicted[:, target]
    spread = y - np.average(y, weights=importance)
    total = float(np.sum(importance * spread**2))
    if total <= 1e-12 * max(1.0, float(np.sum(importance * y**2))):
        return Score(
            "held_out_r2",
            R2_TITLE,
            None,
            "The model answers every masking alike, so there is nothing to predict.",
            True,
        )
    value = 1.0 - float(np.sum(importance * error**2)) / total
    said = f"The weights, on {len(y)} maskings they were not fitted to. "
    if value < MIN_R2:
        said += "They miss most of the model's behaviour here: read them with care."
    elif value < GOOD_R2:
        said += "They catch much of what the model does."
    else:
        said += "They catch most of what the model does."
    return Score("held_out_r2", R2_TITLE, value, said, value < MIN_R2)


def _score_complexity(weights: np.ndarray) -> Score:
    title = "Complexity"
    size = np.abs(weights)
    if size.sum() == 0:
        return Score("complexity", title, None, "All weights are 0, so none of them counts.", True)
    share = size[size > 0] / size.sum()
    value = float(-np.sum(share * np.log(share)))
    caveat = (
        f"Entropy of the weights' sizes: as if {np.exp(value):.1f} of the {len(weights)} "
        f"components shared the weight evenly. Fewer are easier to tell; it says nothing of truth."
    )
    return Score("complexity", title, value, caveat)


def _score_stability(first: np.ndarray, second: np.ndarray, half: int) -> Score:
    value = correlate_ranks(first, second)
    if np.isnan(value):
        return Score(
            "stability",
            STABILITY_TITLE,
            None,
            "The model answers every masking alike, so there is no order to compare.",
            True,
        )
    said = f"Rank correlation of the weights from two separate sets of {half} maskings. "
    if value < MIN_STABILITY:
        said += "Another seed would tell another story: do not build a study on this."
    elif value < GOOD_STABILITY:
        said += "The whole set is steadier than its halves; the weaker components still move."
    else:
        said += "Another seed would tell the same story."
    return Score("stability", STABILITY_TITLE, value, said, value < MIN_STABILITY)


def _score_overlap(first: np.ndarray, second: np.ndarray, n_selected: int, selection: str) -> Score:
    sign = 1.0 if selection == "for" else -1.0
    k = min(n_selected, len(first) - 1)
    tops = [set(np.argsort(-sign * w, kind="stable")[:k].tolist()) for w in (first, second)]
    value = len(tops[0] & tops[1]) / k
    caveat = f"{round(value * k)} of the {k} strongest components are the same in both halves."
    if value < 0.5:
        caveat += " Most of the kept clip is a matter of chance."
    return Score("top_overlap", OVERLAP_TITLE, value, caveat, value < 0.5)
