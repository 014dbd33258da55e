"""How far a finding can be trusted, as ready values for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from evalsite.results.pages.wording import (
    count_things,
    explain,
    format_interval,
    format_number,
    format_percent,
    has_interval,
    name_clips,
    show_p_values,
)

Show = Callable[[float | None], str]


def describe_trust(found: Mapping[str, Any]) -> dict[str, Any]:
    """One row for each measure; the figures as `columns` say."""
    entries = [entry for entry in found["robustness"] if entry["block"] == found["name"]]
    contrast = found.get("main", {}).get("contrast")
    first, second = (name_clips(name) for name in contrast) if contrast else ("", "")
    groups = next((one["group_difference"] for one in entries if "group_difference" in one), None)
    n_blocks = len({entry["block"] for entry in entries})
    return {
        "rows": [_describe_row(entry, n_blocks > 1) for entry in entries],
        "first": first,
        "second": second,
        "groups": groups,
        "n_left_out": sum(found["flow"]["left_out"].values()),
        **_count_listeners(entries),
        "reasons": _list_reasons(entries),
        "registered": [entry["label"] for entry in entries if entry["is_registered"]],
        "has_correlations": any("correlation" in entry["repeats"] for entry in entries),
        "has_repeats": any(entry["repeats"]["same"]["n"] for entry in entries),
    }


def _describe_row(entry: Mapping[str, Any], names_block: bool) -> dict[str, Any]:
    show = _show_share if entry["unit"] == "share" else format_number
    row: dict[str, Any] = {
        "label": entry["label"],
        "small": entry["block"] if names_block else "",
        "is_registered": entry["is_registered"],
        "drift": _describe_figure(entry["drift"], show),
        "same": _describe_figure(entry["repeats"]["same"], format_percent),
    }
    if "correlation" in entry["repeats"]:
        row["correlation"] = _describe_figure(entry["repeats"]["correlation"], format_number)
    for name in ("analysed", "everybody"):
        if name in entry:
            row[name] = _describe_figure(entry[name]["contrast"], show)
    if "carry_over" in entry:
        row["carry_over"] = _describe_figure(entry["carry_over"], show)
    if "group_difference" in entry:
        effect = entry["group_difference"]["effect"]
        row["group_difference"] = _describe_figure(effect, show)
        row["group_difference"]["p"] = show_p_values(entry["group_difference"], "effect")
    return row


def _count_listeners(entries: list[Mapping[str, Any]]) -> dict[str, str]:
    """Of the measure that most listeners answered."""
    return {
        f"n_{name}": count_things(max(numbers), "listener")
        for name in ("analysed", "everybody")
        if (numbers := [entry[name]["n_listeners"] for entry in entries if name in entry])
    }


def _describe_figure(figure: Mapping[str, Any], show: Show) -> dict[str, Any]:
    return {
        "estimate": show(figure["estimate"]),
        "interval": format_interval(figure, show) if has_interval(figure) else "",
    }


def _show_share(value: float | None) -> str:
    """A difference of shares in percent points, with a true minus."""
    return "–" if value is None else f"{format_number(100 * value, 0)} %"


def _list_reasons(entries: list[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Each reason once, with the columns it concerns."""
    labels: dict[str, dict[str, None]] = {}
    for entry in entries:
        figures = {
            "Difference, by the rules": entry.get("analysed", {}).get("contrast"),
            "Nobody left out": entry.get("everybody", {}).get("contrast"),
            "First to last trial": entry["drift"],
            "Same again": entry["repeats"]["same"],
            "Repeats’ correlation": entry["repeats"].get("correlation"),
            "Carry-over": entry.get("carry_over"),
            "Groups": entry.get("group_difference", {}).get("effect"),
        }
        for label, figure in figures.items():
            if figure and figure["reason"]:
                labels.setdefault(explain(figure), {})[label] = None
    return [{"text": text, "labels": ", ".join(names)} for text, names in labels.items()]
