"""Honest scores: what an explanation is worth, each with a sentence that says how to take it.

Held-out R² is the surrogate's on maskings it was not fitted to (what ``lime`` prints is the
training R², which says nothing); stability compares weights from two disjoint halves of the
maskings. An undefined score is None, and its sentence says why.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explain_engine.clips import Clip
from explain_engine.explainers.base import Attribution

# Of two halves; by Spearman's and Brown's formula the whole set then agrees with another to .75
# and .9.
MIN_STABILITY = 0.6
GOOD_STABILITY = 0.82
MIN_R2 = 0.5
GOOD_R2 = 0.7
MAX_GAP_SHARE = 0.25


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


def score_surrogate(
    attribution: Attribution, surrogate: object, target: int, n_selected: int, selection: str
) -> list[Score]:
    """Score the fit for one target.

    Parameters
    ----------
    attribution : Attribution
        Masks, outputs, weights of all targets.
    surrogate : object
        The explainer; one with ``fit`` and ``weigh`` can be scored.
    target : int
        Which target.
    n_selected : int
        Size of the top set compared.
    selection : {"for", "against"}
        Which end is the top.

    Returns
    -------
    list of Score
        ``held_out_r2``, ``stability``, ``top_overlap``.
    """
    masks, outputs = attribution.masks, attribution.outputs[:, target : target + 1]
    if not hasattr(surrogate, "fit") or len(masks) == 0:
        reason = "This explainer asks the model nothing, so there is no fit to check."
        return [
            Score("held_out_r2", "Held-out R²", None, reason, True),
            Score("stability", "Stability of two halves", None, reason, True),
            Score("top_overlap", "Overlap of the strongest", None, reason, True),
        ]
    half = len(masks) // 2
    first = surrogate.fit(masks[:half], outputs[:half])[0][0]
    second = surrogate.fit(masks[half:], outputs[half:])[0][0]
    return [
        _score_held_out(masks, outputs, surrogate),
        _score_stability(first, second, half),
        _score_overlap(first, second, n_selected, selection),
    ]


def score_clips(clips: dict[str, Clip], target: str, base: float, selection: str) -> list[Score]:
    """Score what the model says about one target's clips.

    Parameters
    ----------
    clips : dict of str to Clip
        By kind, the original among them.
    target : str
        The target.
    base : float
        The model's output with everything off.
    selection : {"for", "against"}
        What kept was chosen to do.

    Returns
    -------
    list of Score
        ``kept_output``, ``removal``, ``listening_gap``, and ``kept_over_control`` where there is
        a control.
    """
    before = {kind: clip.output_before[target] for kind, clip in clips.items()}
    scores = [
        _score_kept(before, target, base, clips["kept"].area_share),
        _score_removal(before, target, selection),
        _score_gap(clips, target, before["original"] - base),
    ]
    controls = [kind for kind in before if kind.startswith("control_")]
    if controls:
        scores.append(_score_control(before, controls, target, selection))
    return scores


def give_verdict(scores: list[Score], n_samples: int, n_components: int) -> str:
    """Return one sentence that says first what is wrong, if anything is."""
    named = {score.name: score for score in scores}
    stability, r2 = named["stability"].value, named["held_out_r2"].value
    if stability is None or r2 is None:
        return "These weights are random: they explain nothing and serve as a yardstick."
    if stability < MIN_STABILITY:
        return (
            f"Unstable: two halves of the {n_samples} maskings rank the {n_components} "
            f"components alike only to {stability:.2f} (Spearman); take more samples or fewer "
            f"components before you build a study on this."
        )
    if r2 < MIN_R2:
        return (
            f"Weak: the weights predict the model's answer to new maskings only to R² {r2:.2f}; "
            f"the components act together rather than one by one."
        )
    if stability < GOOD_STABILITY or r2 < GOOD_R2:
        return (
            f"Fair: stability {stability:.2f}, held-out R² {r2:.2f}; the strongest components "
            f"can be trusted more than the order of the rest."
        )
    return f"Good: stability {stability:.2f}, held-out R² {r2:.2f}."


def _score_held_out(masks: np.ndarray, outputs: np.ndarray, surrogate: object) -> Score:
    n_fit = int(0.8 * len(masks))
    weights, intercepts = surrogate.fit(masks[:n_fit], outputs[:n_fit])  # type: ignore[attr-defined]
    importance = surrogate.weigh(masks[n_fit:])  # type: ignore[attr-defined]
    y = outputs[n_fit:, 0]
    error = y - (masks[n_fit:] @ weights[0] + intercepts[0])
    spread = y - np.average(y, weights=importance)
    total = float(np.sum(importance * spread**2))
    title = "Held-out R²"
    if total <= 1e-12 * max(1.0, float(np.sum(importance * y**2))):
        return Score(
            "held_out_r2",
            title,
            None,
            "The model answers every masking alike, so there is nothing to predict.",
            True,
        )
    value = 1.0 - float(np.sum(importance * error**2)) / total
    said = f"The weights, on {len(y)} maskings they were not fitted to. "
    if value < MIN_R2:
        return Score(
            "held_out_r2",
            title,
            value,
            said + "They miss most of the model's behaviour here: read them with care.",
            True,
        )
    if value < GOOD_R2:
        return Score("held_out_r2", title, value, said + "They catch much of what the model does.")
    return Score("held_out_r2", title, value, said + "They catch most of what the model does.")


def _score_stability(first: np.ndarray, second: np.ndarray, half: int) -> Score:
    title = "Stability of two halves"
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return Score(
            "stability",
            title,
            None,
            "The model answers every masking alike, so there is no order to compare.",
            True,
        )
    # slow import: scipy.stats
    from scipy.stats import spearmanr

    value = float(spearmanr(first, second).statistic)
    said = f"Rank correlation of the weights from two separate sets of {half} maskings. "
    if value < MIN_STABILITY:
        return Score(
            "stability",
            title,
            value,
            said + "Another seed would tell another story: do not build a study on this.",
            True,
        )
    if value < GOOD_STABILITY:
        return Score(
            "stability",
            title,
            value,
            said + "The whole set is steadier than its halves; the weaker components still move.",
        )
    return Score("stability", title, value, said + "Another seed would tell the same story.")


def _score_overlap(first: np.ndarray, second: np.ndarray, n_selected: int, selection: str) -> Score:
    sign = 1.0 if selection == "for" else -1.0
    k = min(n_selected, len(first) - 1)
    tops = [set(np.argsort(-sign * w, kind="stable")[:k].tolist()) for w in (first, second)]
    value = len(tops[0] & tops[1]) / k
    caveat = f"{round(value * k)} of the {k} strongest components are the same in both halves."
    if value < 0.5:
        caveat += " Most of the kept clip is a matter of chance."
    return Score("top_overlap", "Overlap of the strongest", value, caveat, value < 0.5)


def _score_kept(before: dict[str, float], target: str, base: float, area: float) -> Score:
    kept, original = before["kept"], before["original"]
    caveat = (
        f"The model hears {target} {kept:.2f} in the kept {area:.0%} of the picture, "
        f"{original:.2f} in the whole and {base:.2f} in silence."
    )
    return Score("kept_output", "Output on the kept clip", kept, caveat)


def _score_removal(before: dict[str, float], target: str, selection: str) -> Score:
    change = before["removed"] - before["original"]
    works = change < 0 if selection == "for" else change > 0
    caveat = f"Taking the chosen components away changes {target} by {change:+.3f}."
    if not works:
        caveat += f" They were chosen for speaking {selection} it: this one does not bear that out."
    return Score("removal", "Change when removed", change, caveat, not works)


def _score_gap(clips: dict[str, Clip], target: str, effect: float) -> Score:
    kept = clips["kept"]
    before, after = kept.output_before[target], kept.output_after[target]
    gap = abs(after - before)
    caveat = (
        f"The clip you hear scores {after:.2f}; before fading and loudness alignment "
        f"({kept.aligned.gain_db:+.1f} dB) it scored {before:.2f}."
    )
    if effect == 0:
        return Score("listening_gap", "Listening gap", gap, caveat)
    share = gap / abs(effect)
    is_weak = share > MAX_GAP_SHARE
    caveat += f" The gap is {share:.0%} of the whole excerpt's effect"
    caveat += ": the model minds the level, the listener should not." if is_weak else "."
    return Score("listening_gap", "Listening gap", gap, caveat, is_weak)


def _score_control(
    before: dict[str, float], controls: list[str], target: str, selection: str
) -> Score:
    sign = 1.0 if selection == "for" else -1.0
    margins = {kind: before["kept"] - before[kind] for kind in controls}
    value = min(margins.values(), key=lambda margin: sign * margin)
    is_weak = sign * value <= 0
    said = ", ".join(
        f"{before[kind]:.2f} in {kind.removeprefix('control_')}-matched random components"
        for kind in controls
    )
    caveat = f"The model hears {target} {before['kept']:.2f} in kept, {said}."
    if is_weak:
        caveat += " Random components do as well: the choice is not shown to matter."
    return Score("kept_over_control", "Kept against control", value, caveat, is_weak)
