"""Ratings as a page shows them: everything comes from the findings, nothing is computed here but
places on an axis and words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.charts.axis import Axis, axis_around_zero, axis_to_one
from evalsite.results.charts.distributions import draw_counts
from evalsite.results.charts.intervals import (
    draw_axis_labels,
    draw_interval_mark,
)
from evalsite.results.models import Analysis
from evalsite.results.pages.flags import RULES, WORDS
from evalsite.results.pages.rows import (
    count_reasons,
    describe_row,
    gather_counts,
    label_points,
    label_share,
    list_reasons,
    pick_ends,
)
from evalsite.results.pages.wording import (
    caution_agreement,
    explain,
    format_interval,
    format_number,
    format_percent,
    format_share,
    has_interval,
    join_words,
    name_clips,
    name_condition,
    state_contrast,
)

Found = Mapping[str, Any]
# Scales with more points than this show so many points in one bar.
MOST_BARS, SLIDER_BAR = 12, 10


def show_ratings(found: Found, quality_name: str, clips: Mapping[int, Mapping[str, int]]) -> Found:
    """All that the template of rated blocks needs."""
    quality = choose_quality(found, quality_name)
    return {
        "agreement": describe_agreement(found),
        "contrast": describe_contrast(found),
        "quality": quality,
        "highest": found["lowest"] + found["points"] - 1,
        "models": describe_models(found["models"], found),
        "answers": describe_answers(quality),
        "clips": describe_clips(quality, found, clips),
        "clip_reasons": count_reasons([row["mean"] for row in quality["clips"]]),
        "clips_have_model": any(row["model_output"] is not None for row in quality["clips"]),
        "flag_rules": [
            {"labels": WORDS[flag].capitalize(), "text": rule}
            for flag, rule in RULES.items()
            if any(flag in row["flags"] for row in quality["clips"])
        ],
        "charts": {
            "answers": f"answers-{quality['name']}",
            "variance": "variance",
            "clips": f"clips-{quality['name']}",
        },
    }


def choose_quality(found: Found, name: str) -> Mapping[str, Any]:
    """The quality asked for, else the main one."""
    qualities = {quality["name"]: quality for quality in found["qualities"]}
    return qualities.get(name, qualities[found["main"]["quality"]])


def describe_agreement(found: Found) -> dict[str, Any]:
    lows = [
        quality["agreement"][end]
        for quality in found["qualities"]
        for end in ("low", "estimate")
        if quality["agreement"][end] is not None
    ]
    axis = axis_to_one(min([0.0, *lows]))
    rows = [
        describe_row(quality["label"], "", quality["agreement"], axis, show=format_share)
        for quality in found["qualities"]
    ]
    return {
        "rows": rows,
        "axis": draw_axis_labels(axis, {line: label_share(line) for line in axis.lines}),
        "cautions": caution_agreement(found["qualities"]),
        "reasons": list_reasons(
            [(quality["label"], quality["agreement"]) for quality in found["qualities"]]
        ),
    }


def describe_contrast(found: Found) -> dict[str, Any] | None:
    """The main finding's sentence and its row chart: main quality, its groups, the others."""
    contrast = found["main"]["contrast"]
    if contrast is None:
        return None
    main = choose_quality(found, "")
    others = [quality for quality in found["qualities"] if quality is not main]
    registered = list_registered(found)
    figures = [
        (main["label"], _count_listeners(main["contrast"]), main["contrast"], True),
        *_list_everybody(main, found),
        *(
            (
                group["group"].capitalize(),
                f"{main['label'].lower()}, n {group['n_listeners']}",
                group["contrast"],
                False,
            )
            for group in main["groups"]
        ),
        *(
            (quality["label"], _count_listeners(quality["contrast"]), quality["contrast"], False)
            for quality in others
        ),
    ]
    values = [
        figure[end]
        for _, _, figure, _ in figures
        for end in ("low", "high", "estimate")
        if figure[end] is not None
    ]
    axis = axis_around_zero(values, most=found["points"] - 1)
    before, interval, after = state_contrast(main, contrast)
    return {
        "before": before,
        "interval": interval,
        "after": after,
        "figure": main["contrast"],
        "estimate": format_number(main["contrast"]["estimate"]),
        "reason": explain(main["contrast"]),
        "points": found["points"],
        "kept": name_clips(contrast[0]),
        "baseline": name_clips(contrast[1]),
        "rows": [
            describe_row(label, small, figure, axis, is_main=is_main)
            for label, small, figure, is_main in figures
        ],
        "axis": draw_axis_labels(axis, {line: label_points(line) for line in axis.lines}),
        "exploratory": join_words(
            [one["label"] for one in others if one["name"] not in registered]
        ),
        "reasons": list_reasons([(label, figure) for label, _, figure, _ in figures[1:]]),
        "groups": _state_groups(main, found),
    }


def _find_robustness(quality: Found, found: Found) -> Found:
    return next(
        one
        for one in found["robustness"]
        if (one["block"], one["quality"]) == (found["name"], quality["name"])
    )


def _list_everybody(quality: Found, found: Found) -> list[tuple[str, str, Found, bool]]:
    """The row of the main figure with those whom the rules leave out, where there are any."""
    everybody = _find_robustness(quality, found)["everybody"]
    if everybody["n_listeners"] == quality["contrast"]["details"].get("n_listeners"):
        return []
    small = f"{quality['label'].lower()}, n {everybody['n_listeners']}"
    return [("Nobody left out", small, everybody["contrast"], False)]


def _state_groups(quality: Found, found: Found) -> str:
    """How far the groups differ in the main figure: a sentence, empty where there are none."""
    groups = _find_robustness(quality, found).get("group_difference")
    if groups is None or not has_interval(groups["effect"]):
        return ""
    low, high = groups["effect"]["low"], groups["effect"]["high"]
    end = ", so the groups may not differ" if low <= 0 <= high else ""
    return (
        f"{groups['first'].capitalize()} minus {groups['second']}: "
        f"{format_interval(groups['effect'])}{end}."
    )


def list_registered(found: Found) -> list[str]:
    """Qualities of the block that the protocol registers a question on."""
    return [one["quality"] for one in found["registered"] if one["block"] == found["name"]]


def describe_standing(found: Found) -> dict[str, Any]:
    """Whether the block's main sentence answers a question that the protocol registers."""
    own = [one for one in found["registered"] if one["block"] == found["name"]]
    quality = choose_quality(found, "")["label"].lower() if "qualities" in found else ""
    if own:
        about = f" on {quality}" if quality else ""
        return {"is_registered": True, "about": about, "expected": own[0]["expected"]}
    return {
        "is_registered": False,
        "has_others": bool(found["registered"]),
        "quality": quality,
    }


def describe_models(models: Found, found: Found) -> dict[str, Any]:
    """The mixed models, once a worker has fitted them: effect of the main comparison, variances."""
    contrast = found["main"]["contrast"]
    described: dict[str, Any] = {
        "state": models["state"],
        "error": models["error"],
        "rows": [],
    }
    if models["state"] != Analysis.State.DONE:
        return described
    for quality in models["qualities"]:
        effect = quality["effects"].get(contrast[0]) if contrast else None
        reason = quality.get("sentence") or explain(effect or quality)
        shares = quality["shares"]
        described["rows"].append(
            {
                "label": quality["label"],
                "effect": format_number(effect["estimate"]) if effect else "",
                "interval": format_interval(effect) if effect else "",
                "shares": [
                    {
                        "share": format_percent(shares[name]["estimate"]),
                        "interval": format_interval(shares[name], format_percent)
                        if has_interval(shares[name])
                        else "",
                    }
                    for name in ("listener", "recording", "residual")
                    if name in shares
                ],
                "n": quality["n"],
                "reason": reason,
            }
        )
    described["contrast"] = [name_clips(contrast[0]), name_clips(contrast[1])] if contrast else None
    return described


def describe_answers(quality: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "conditions": [
            {
                "name": name_condition(condition["condition"]),
                "n": condition["n_judgments"],
                "mean": format_number(condition["mean"]["estimate"]),
                "interval": format_interval(condition["mean"]),
                "cant_tell": format_percent(condition["cant_tell"]["estimate"]),
                "cant_tell_interval": format_interval(condition["cant_tell"], format_percent),
                "n_cant_tell": condition["cant_tell"]["details"].get("n_cant_tell", 0),
                "reason": explain(condition["mean"]),
            }
            for condition in quality["conditions"]
        ],
        "n_rated": sum(sum(condition["counts"]) for condition in quality["conditions"]),
    }


def describe_clips(
    quality: Mapping[str, Any], scale: Found, clips: Mapping[int, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """`scale`: its "lowest" and number of "points"; `clips`: as a question's."""
    lowest, points = scale["lowest"], scale["points"]
    axis = Axis(float(lowest), float(lowest + points - 1), ())
    step = 1 if points <= MOST_BARS else SLIDER_BAR
    return [
        {
            "clip": clips.get(row["item"], {}).get(row["condition"]),
            "recording": row["recording"],
            "condition": name_condition(row["condition"]),
            "target": row["target"],
            "n": row["n"],
            "n_cant_tell": row["n_cant_tell"],
            "counts": draw_counts(gather_counts(row["counts"], step), lowest=lowest, step=step),
            "mark": draw_interval_mark(axis, **pick_ends(row["mean"])),
            "mean": format_number(row["mean"]["estimate"], 1),
            "interval": format_interval(row["mean"], lambda value: format_number(value, 1))
            if has_interval(row["mean"])
            else "",
            "model": format_number(row["model_output"]),
            "flags": [WORDS[flag] for flag in row["flags"]],
        }
        for row in quality["clips"]
    ]


def _count_listeners(figure: Mapping[str, Any]) -> str:
    n = figure["details"].get("n_listeners")
    return f"n {n}" if n else ""
