"""Every chart of a results page by its name, from the findings: on the page and to download."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from evalsite.common.errors import EarwitnessError
from evalsite.results import store
from evalsite.results.charts.render import draw_inline
from evalsite.results.charts.specs import (
    NARROW,
    WIDE,
    Spec,
    show_distributions,
    show_intervals,
    show_shares,
)
from evalsite.results.wording import name_clips, name_condition
from evalsite.studies.models import Study

Found = Mapping[str, Any]
WIDTHS = {"wideplot": WIDE, "narrow": NARROW}
PARTS = {"listener": "listeners", "recording": "recordings", "residual": "the rest"}


def make_spec(found: Found, name: str, *, width: int = WIDE) -> Spec:
    """`found` with "models" once they are fitted."""
    known = list_charts(found)
    if name not in known:
        raise EarwitnessError(f"chart must be one of {', '.join(known)}, got {ascii(name)[:60]}.")
    if name == "agreement":
        return _show_agreement(found, width)
    if name == "difference":
        return _show_difference(found, width)
    if name == "variance":
        return _show_variance(found["models"], width)
    return _show_answers(found, name.removeprefix("answers-"), width)


def list_charts(found: Found) -> list[str]:
    names = ["agreement"]
    if found["is_blind"]:
        return names
    if found["main"]["contrast"]:
        names.append("difference")
    names += [f"answers-{quality['name']}" for quality in found["qualities"]]
    return [*names, "variance"] if _list_shares(found.get("models", {})) else names


def draw(study: Study, found: Found, name: str) -> dict[str, SafeString]:
    """Wide and narrow, of which the style sheet shows one; drawn once a state of the data."""

    def draw_both(study: Study) -> dict[str, str]:
        return {
            css_class: draw_inline(make_spec(found, name, width=width), css_class=css_class)
            for css_class, width in WIDTHS.items()
        }

    drawn = store.compute_once(study, f"chart {name}", draw_both)
    return {css_class: SafeString(svg) for css_class, svg in drawn.items()}


def _show_answers(found: Found, name: str, width: int) -> Spec:
    quality = next(quality for quality in found["qualities"] if quality["name"] == name)
    rows = [
        {
            "label": name_condition(condition["condition"]),
            "condition": condition["condition"],
            "counts": condition["counts"],
        }
        for condition in quality["conditions"]
    ]
    title = f"How often 1 to {found['points']} was chosen for {quality['label'].lower()}: " + (
        "; ".join(f"{row['label']} {', '.join(map(str, row['counts']))}" for row in rows)
    )
    return show_distributions(rows, title=title, width=width)


def _show_difference(found: Found, width: int) -> Spec:
    first, second = (name_clips(name) for name in found["main"]["contrast"])
    title = f"Mean rating of {first} minus {second}, in points, with 95 % intervals"
    rows = [_take(quality["label"], quality["contrast"]) for quality in found["qualities"]]
    return show_intervals(rows, title=title, unit="points", width=width)


def _show_agreement(found: Found, width: int) -> Spec:
    title = "Krippendorff’s alpha, ordinal, by quality, with 95 % intervals"
    rows = [_take(quality["label"], quality["agreement"]) for quality in found["qualities"]]
    return show_intervals(rows, title=title, unit="α", width=width)


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


def _take(label: str, figure: Found) -> dict[str, Any]:
    return {"label": label, **{end: figure[end] for end in ("estimate", "low", "high")}}
