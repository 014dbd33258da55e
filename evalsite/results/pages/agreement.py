"""Agreement within each condition and by group, as ready values for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.pages.rows import list_reasons
from evalsite.results.pages.wording import (
    format_interval,
    format_number,
    format_share,
    has_interval,
    name_condition,
    show_p_values,
)

Found = Mapping[str, Any]


def describe_split_agreement(models: Found, found: Found) -> dict[str, Any]:
    """Empty until a worker has computed it."""
    split = [
        (quality, found_one["split_agreement"])
        for quality, found_one in zip(found["qualities"], models.get("qualities", ()), strict=False)
        if "split_agreement" in found_one
    ]
    if not split:
        return {}
    figures = [
        (f"{quality['label']}, {name_condition(one['condition'])}", one["agreement"])
        for quality, apart in split
        for one in apart["conditions"]
    ]
    group_figures = [
        figure
        for quality, apart in split
        if "groups" in apart
        for figure in _name_group_figures(quality["label"], apart["groups"])
    ]
    return {
        "conditions": [name_condition(one["condition"]) for one in split[0][1]["conditions"]],
        "rows": [
            {
                "label": quality["label"],
                "cells": [
                    _describe(quality["agreement"], apart["spread"]),
                    *(_describe(one["agreement"], one["spread"]) for one in apart["conditions"]),
                ],
            }
            for quality, apart in split
        ],
        "reasons": list_reasons(figures),
        "groups": [
            {"name": one["group"].capitalize(), "n": one["n_listeners"]}
            for one in split[0][1].get("groups", {}).get("groups", ())
        ],
        "group_rows": [
            _describe_groups(quality["label"], apart["groups"])
            for quality, apart in split
            if "groups" in apart
        ],
        "group_reasons": list_reasons(group_figures),
    }


def _name_group_figures(label: str, groups: Found) -> list[tuple[str, Found]]:
    own = [(f"{label}, {one['group']}", one["agreement"]) for one in groups["groups"]]
    return [*own, (f"{label}, difference", groups["difference"])]


def _describe_groups(label: str, groups: Found) -> dict[str, Any]:
    difference = groups["difference"]
    return {
        "label": label,
        "cells": [_describe(one["agreement"]) for one in groups["groups"]],
        "difference": _describe(difference),
        "p": show_p_values(groups, "difference"),
    }


def _describe(figure: Found, spread: float | None = None) -> dict[str, str]:
    is_defined = figure["estimate"] is not None
    return {
        "estimate": format_share(figure["estimate"]) if is_defined else "undefined",
        "interval": format_interval(figure, format_share) if has_interval(figure) else "",
        "spread": "" if spread is None else format_number(spread),
    }
