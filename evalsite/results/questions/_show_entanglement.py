"""Entangled qualities as a page shows them: a matrix of correlations, then what goes into what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.results.charts.axis import Axis
from evalsite.results.charts.intervals import draw_axis_labels
from evalsite.results.charts.squares import draw_signed_square
from evalsite.results.pages.rows import describe_row, label_share, list_reasons
from evalsite.results.pages.wording import (
    count_things,
    format_interval,
    format_number,
    format_percent,
    format_share,
    has_interval,
    join_words,
    name_clips,
)
from evalsite.results.questions._entanglement import SIDES

Found = Mapping[str, Any]
# Beyond these a quality is called entangled (statistics of the engine's correlations).
MOST_R, MOST_VIF = 0.7, 5.0
SHARES = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def show_entanglement(models: Found) -> dict[str, Any] | None:
    """Nothing until a worker has computed it, or where fewer than two qualities are rated."""
    if "entanglement" not in models:
        return None
    entangled = models["entanglement"]
    labels, pairs = entangled["labels"], entangled["pairs"]
    names = ("listeners", "model", "difference")
    once = {(side, pair[side]["reason"]): pair[side] for pair in pairs for side in SIDES}
    return {
        "condition": name_clips(entangled["condition"]),
        "numbers": range(1, len(labels) + 1),
        "matrix": _show_matrix(labels, pairs, entangled["inflation"]),
        "findings": _list_findings(labels, pairs),
        "pairs": [
            {"label": _name_pair(pair, labels), "cells": [_show(pair[name]) for name in names]}
            for pair in pairs
        ],
        "reasons": list_reasons(
            [(f"Correlations, {side}", figure) for (side, _), figure in once.items()]
        ),
        "has_inflation": any(entangled["inflation"][side]["factors"] for side in SIDES),
        "sentences": _list_sentences("Variance inflation", entangled["inflation"]),
        "targets": [_show_target(target, labels) for target in entangled["targets"]],
    }


def _name_pair(pair: Found, labels: Mapping[str, str]) -> str:
    return f"{labels[pair['first']]} and {labels[pair['second']].lower()}"


def _show_matrix(
    labels: Mapping[str, str], pairs: Sequence[Found], inflation: Found
) -> list[dict[str, Any]]:
    """Below the diagonal the listeners', above it the model's; then inflation on either side."""
    by_names = {frozenset((pair["first"], pair["second"])): pair for pair in pairs}
    names = list(labels)
    rows = []
    for i, name in enumerate(names):
        cells = []
        for j, other in enumerate(names):
            if i == j:
                cells.append({"is_diagonal": True})
                continue
            r = by_names[frozenset((name, other))]["listeners" if i > j else "model"]["estimate"]
            square = "" if r is None else draw_signed_square(r)
            cells.append(
                {"r": format_share(r), "square": square, "is_strong": abs(r or 0) > MOST_R}
            )
        factors = [inflation[side]["factors"].get(name) for side in SIDES]
        rows.append(
            {
                "number": i + 1,
                "label": labels[name],
                "cells": cells,
                "factors": [
                    {"value": format_number(factor), "is_strong": (factor or 0) > MOST_VIF}
                    for factor in factors
                ],
            }
        )
    return rows


def _list_findings(labels: Mapping[str, str], pairs: Sequence[Found]) -> list[str]:
    """Which pairs go together on either side, and where the two sides surely differ."""
    sentences = []
    for side, who in (("listeners", "For listeners"), ("model", "For the model")):
        strong = [pair for pair in pairs if abs(pair[side]["estimate"] or 0) > MOST_R]
        if strong:
            told = join_words([_name_pair(pair, labels).lower() for pair in strong[:3]])
            more = f" and {count_things(len(strong) - 3, 'more pair')}" if len(strong) > 3 else ""
            sentences.append(f"{who} {told}{more} can hardly be told apart (|r| above .7).")
    apart = [
        pair
        for pair in pairs
        if has_interval(pair["difference"])
        and not pair["difference"]["low"] <= 0 <= pair["difference"]["high"]
    ]
    if apart:
        told = join_words([_name_pair(pair, labels).lower() for pair in apart[:3]])
        more = f" and {count_things(len(apart) - 3, 'more pair')}" if len(apart) > 3 else ""
        sentences.append(
            f"Listeners and model differ in how {told}{more} go together: "
            f"{len(apart)} of {count_things(len(pairs), 'interval')} of the difference miss 0; "
            "some may by chance alone."
        )
    return sentences


def _show_target(target: Found, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "label": target["label"],
        "chart": _draw_shares(target, labels),
        "rows": [
            _show_row(row, side, labels, target[side])
            for side in SIDES
            for row in target[side]["rows"]
        ],
        "groups": [
            {
                "side": side,
                "label": join_words([labels[name].lower() for name in group["names"]]).capitalize(),
                **_show(group["share"]),
            }
            for side in SIDES
            for group in target[side]["groups"]
            if len(group["names"]) > 1
        ],
        "is_unsure": any(
            row["sign_stability"] is None and row["beta"]["estimate"] is not None
            for side in SIDES
            for row in target[side]["rows"]
        ),
        "notes": [
            _tell_entangled(row, labels, target["label"].lower())
            for row in target["model"]["rows"]
            if {"twins", "sign"} & set(row["warnings"]) and row["weight"] is not None
        ],
        "sentences": _list_sentences(target["label"], target),
    }


def _draw_shares(target: Found, labels: Mapping[str, str]) -> dict[str, Any] | None:
    """LMG shares: intervals of the listeners' with the model's marks, or of the model's alone."""
    of_model = {row["name"]: row for row in target["model"]["rows"]}
    both = bool(target["listeners"]["rows"])
    rows = target["listeners"]["rows"] or target["model"]["rows"]
    if not rows:
        return None
    marks = [(row, of_model.get(row["name"]) if both else None) for row in rows]
    return {
        "whose": "listeners" if both else "model",
        "has_model": both and bool(of_model),
        "rows": [
            describe_row(
                labels[row["name"]],
                "",
                row["lmg"],
                SHARES,
                show=format_share,
                model=model["lmg"]["estimate"] if model else None,
            )
            for row, model in marks
        ],
        "axis": draw_axis_labels(SHARES, {line: label_share(line) for line in SHARES.lines}),
    }


def _show_row(row: Found, side: str, labels: Mapping[str, str], own: Found) -> dict[str, Any]:
    return {
        "label": labels[row["name"]],
        "side": f"{side}, n {own['n']}",
        "cells": [
            _show(row["r"]),
            {"estimate": format_number(row["weight"])},
            _show(row["beta"]),
            _show(row["lmg"]),
            {"estimate": format_share(row["johnson"])},
            {"estimate": format_number(row["marginal"])},
            {"estimate": format_number(row["conditional"])},
            {"estimate": format_percent(row["sign_stability"])},
            {"estimate": format_number(row["vif"])},
        ],
        "twins": join_words([labels[name].lower() for name in row["twins"]]),
    }


def _tell_entangled(row: Found, labels: Mapping[str, str], target: str) -> str:
    """What moving this quality alone does in the model, and what happens in the music at hand."""
    label = labels[row["name"]].lower()
    if row["weight"] == 0:
        alone = f"Changing only {label} would change nothing"
    else:
        way = "raise" if row["weight"] > 0 else "lower"
        alone = f"Changing only {label} would {way} {target}"
    twins = join_words([labels[name].lower() for name in row["twins"]])
    together = f" it travels together with {twins}, and" if twins else ""
    r = row["r"]["estimate"]
    way = "neither way" if not r else "up" if r > 0 else "down"
    return f"{alone}; in this music{together} {target} goes {way} with it."


def _list_sentences(label: str, sides: Found) -> list[dict[str, str]]:
    return [
        {"labels": f"{label}, {side}", "text": sides[side]["sentence"]}
        for side in SIDES
        if sides[side]["sentence"]
    ]


def _show(figure: Found) -> dict[str, str]:
    is_defined = figure["estimate"] is not None
    return {
        "estimate": format_share(figure["estimate"]) if is_defined else "undefined",
        "interval": format_interval(figure, format_share) if has_interval(figure) else "",
    }
