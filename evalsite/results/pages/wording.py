"""Figures as words and sentences: the interval first, and nothing it does not carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.analysis.result import REASONS

Figure = Mapping[str, Any]

NOUNS = {
    "original": "originals",
    "kept": "kept clips",
    "removed": "removed clips",
    "control_area": "controls of equal area",
    "control_energy": "controls of equal energy",
    "control_phase_only": "controls with the phase only",
    "control_random_phase": "controls with random phase",
}


def name_condition(condition: str) -> str:
    """As a row's label: Original, Kept, Removed, Control (area)."""
    if condition.startswith("control_"):
        return f"Control ({condition.removeprefix('control_').replace('_', ' ')})"
    return condition.capitalize()


def name_clips(condition: str) -> str:
    return NOUNS.get(condition, f"{condition.replace('_', ' ')} clips")


def format_number(value: float | None, digits: int = 2) -> str:
    """With a true minus; −0.00 is 0.00; unknown is a dash."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def format_share(value: float | None) -> str:
    """A statistic that is never beyond 1, without the leading zero."""
    text = format_number(value)
    return text.replace("0.", ".", 1) if text.lstrip("−").startswith("0.") else text


def format_percent(value: float | None) -> str:
    return "–" if value is None else f"{format_number(100 * value, 0)} %"


def format_interval(figure: Figure, show: Any = format_number) -> str:
    if not has_interval(figure):
        return "no interval"
    return f"{show(figure['low'])} to {show(figure['high'])}"


def format_p(value: float | None) -> str:
    """Empty where there is none."""
    if value is None:
        return ""
    if value >= 0.9995:
        return "p = 1"
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".", 1)


def show_p_values(place: Mapping[str, Any], name: str) -> str:
    """Never a p without the interval that says how large the difference may be."""
    if not has_interval(place[name]):
        return ""
    p_value, adjusted = format_p(place[name]["details"].get("p_value")), place["p_holm"]
    # Alone in its family a test has nothing to be adjusted for.
    if not p_value or adjusted is None or format_p(adjusted) == p_value:
        return p_value
    return f"{p_value}, Holm {format_p(adjusted).removeprefix('p ').removeprefix('= ')}"


def has_interval(figure: Figure | None) -> bool:
    return figure is not None and figure["low"] is not None and figure["high"] is not None


def explain(figure: Figure) -> str:
    """Why a figure or its interval is missing, as a sentence; empty when nothing is."""
    return REASONS.get(figure["reason"] or "", "")


def join_words(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def state_contrast(quality: Mapping[str, Any], contrast: Sequence[str]) -> tuple[str, str, str]:
    """The main finding in three parts: before the interval, the interval in bold, after it."""
    figure = quality["contrast"]
    first, second = (name_clips(name) for name in contrast)
    label = quality["label"].lower()
    if figure["estimate"] is None:
        return f"Nothing can be said yet about how {first} differ from {second} in {label}.", "", ""
    if not has_interval(figure):
        unsure = "; how sure that is remains unknown."
        if figure["estimate"] == 0:
            return f"{first.capitalize()} and {second} got the same mean in {label}{unsure}", "", ""
        end = quality["high"] if figure["estimate"] > 0 else quality["low"]
        points = f"{format_number(abs(figure['estimate']))} points"
        before = f"{first.capitalize()} were rated "
        return before, points, f" closer to “{end}” than {second}{unsure}"
    low, high = figure["low"], figure["high"]
    if low <= 0 <= high:
        points = f"{format_number(low)} to {format_number(high)} points"
        before = f"{first.capitalize()} and {second} may be rated alike in {label}: the difference "
        return before + "is ", points, "."
    end = quality["high"] if low > 0 else quality["low"]
    near, far = sorted((abs(low), abs(high)))
    points = f"{format_number(near)} to {format_number(far)} points"
    return f"{first.capitalize()} were rated ", points, f" closer to “{end}” than {second}."


def caution_agreement(qualities: Sequence[Mapping[str, Any]]) -> list[str]:
    """How to take the agreement: which qualities' means nobody should read."""
    figures = [q["agreement"] for q in qualities if has_interval(q["agreement"])]
    near_chance = [q["label"] for q in qualities if _reaches_chance(q["agreement"])]
    if near_chance:
        noun = "its means" if len(near_chance) == 1 else "their means"
        verb = "is" if len(near_chance) == 1 else "are"
        return [
            f"{join_words(near_chance)} {verb} not clearly above chance. Do not read {noun}: "
            "listeners may not have meant the same thing."
        ]
    if len(figures) == len(qualities):
        return ["Every interval lies above what chance gives."]
    return []


def count_things(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _reaches_chance(figure: Figure) -> bool:
    return has_interval(figure) and figure["low"] <= 0
