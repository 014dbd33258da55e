"""Scores of clips: what the model says of what a person hears.

A clip's outputs are three: of the masking that was scored, of the sound made of it, of the file
after fades and alignment. Scores speak of the sound; the listening gaps tell how far it lies from
what was scored.
"""

from __future__ import annotations

from explain_engine.clips import Clip
from explain_engine.numbers import format_change, format_number, format_percent, format_signed
from explain_engine.scores import Score

GAP_TITLES = (
    ("listening_gap_before", "Listening gap before alignment"),
    ("listening_gap", "Listening gap"),
)
MAX_GAP_SHARE = 0.25
# Controls that hold as much as kept: kept must do better than these.
MATCHED = ("control_area", "control_energy")


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
        ``kept_output``, ``removal``, ``listening_gap_before``, ``listening_gap``, and
        ``kept_over_control`` where there is a control that matches kept.
    """
    before = {kind: clip.output_before[target] for kind, clip in clips.items()}
    scores = [
        _score_kept(before, target, base, clips["kept"].area_share),
        _score_removal(before, target, selection),
        *_score_gaps(clips, target, before["original"] - base),
    ]
    controls = [kind for kind in before if kind in MATCHED]
    if controls:
        scores.append(_score_control(before, controls, target, selection))
    return scores


def _score_kept(before: dict[str, float], target: str, base: float, area: float) -> Score:
    kept, original = before["kept"], before["original"]
    caveat = (
        f"The model hears {target} {format_number(kept)} in the kept {format_percent(area)} of the "
        f"picture, {format_number(original)} in the whole and {format_number(base)} in none of it."
    )
    return Score("kept_output", "Output on the kept clip", kept, caveat)


def _score_removal(before: dict[str, float], target: str, selection: str) -> Score:
    change = before["removed"] - before["original"]
    works = change < 0 if selection == "for" else change > 0
    caveat = f"Taking the chosen components away changes {target} by {format_change(change, 3)}."
    if not works:
        caveat += f" They were chosen for speaking {selection} it: this one does not bear that out."
    return Score("removal", "Change when removed", change, caveat, not works)


def _score_gaps(clips: dict[str, Clip], target: str, effect: float) -> list[Score]:
    """Before fades and alignment, and of the file; both against what was scored."""
    kept = clips["kept"]
    scored, before = kept.output_scored[target], kept.output_before[target]
    gaps = abs(kept.gap_before[target]), abs(kept.gap_after[target])
    told = (
        f"The model heard {format_number(scored)} in what was scored, and hears "
        f"{format_number(before)} in the sound made of it, analysed again.",
        f"The clip you hear scores {format_number(kept.output_after[target])}, what was scored "
        f"{format_number(scored)}; fading and loudness alignment "
        f"({format_signed(kept.aligned.gain_db, 'dB')}) change it by "
        f"{format_change(kept.output_after[target] - before, 3)}.",
    )
    is_level = gaps[0] < gaps[1] / 2
    no_such_sound = "no sound has exactly the picture that the model was given."
    reasons = (
        no_such_sound,
        "the model minds the level, the listener should not." if is_level else no_such_sound,
    )
    scores = []
    for (name, title), gap, caveat, reason in zip(GAP_TITLES, gaps, told, reasons, strict=True):
        share = gap / abs(effect) if effect else 0.0
        is_weak = share > MAX_GAP_SHARE
        if effect:
            caveat += f" The gap is {format_percent(share)} of the whole excerpt's effect"
            caveat += f": {reason}" if is_weak else "."
        scores.append(Score(name, title, gap, caveat, is_weak))
    return scores


def _score_control(
    before: dict[str, float], controls: list[str], target: str, selection: str
) -> Score:
    sign = 1.0 if selection == "for" else -1.0
    margins = {kind: before["kept"] - before[kind] for kind in controls}
    value = min(margins.values(), key=lambda margin: sign * margin)
    is_weak = sign * value <= 0
    said = ", ".join(
        f"{format_number(before[kind])} in random components of equal "
        f"{kind.removeprefix('control_')}"
        for kind in controls
    )
    caveat = f"The model hears {target} {format_number(before['kept'])} in kept, {said}."
    if is_weak:
        caveat += " Random components do as well: the choice is not shown to matter."
    return Score("kept_over_control", "Kept against control", value, caveat, is_weak)
