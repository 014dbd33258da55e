"""Ready values of explanation level 1: what an emotion was built from, and what goes together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from evalsite.clips.engine import format_number, format_signed
from evalsite.clips.models import Explanation

WIDTH = 1000
N_STRONG = 2
TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SHADES = 5
EXACT = 1e-4
# A weight below this share of the largest is not worth a caveat.
NEGLIGIBLE = 0.05
Place = Callable[[float], float]


def choose_emotion(explanation: Explanation, target: str, asked: str | None) -> str | None:
    """The emotion whose effects the page shows; None where there is no level 1, or none so asked.

    Without a wish: the target, else the recipe's first emotion, else the model's first.
    """
    level1 = explanation.manifest.get("level1")
    if level1 is None:
        return None
    emotions = level1["emotions"]
    if asked is not None:
        return asked if asked in emotions else None
    wanted = [target, *explanation.targets, *emotions]
    return next(name for name in wanted if name in emotions)


def show_level1(explanation: Explanation, emotion: str, target: str) -> dict[str, Any]:
    level1 = explanation.manifest["level1"]
    column = level1["emotions"].index(emotion)
    rows = list_rows(level1, column)
    place, ticks = scale_rows(rows)
    reference = level1["reference"]
    total = sum(row["effect"] for row in rows) + level1["intercepts"][column]
    return {
        "emotion": emotion,
        "title": name_plainly(emotion),
        "prediction": format_number(total),
        "intercept": format_number(level1["intercepts"][column]),
        "n_features": len(rows),
        "n_reference": reference["n"] if reference else 0,
        "rows": [
            show_row(row, place, ticks, explanation, emotion, target, is_strong=number < N_STRONG)
            for number, row in enumerate(rows)
        ],
        "ticks": [{"x": f"{place(tick) / WIDTH:.2%}", "text": format_tick(tick)} for tick in ticks],
        "correlations": show_correlations(level1, emotion),
        "through": show_through(explanation, emotion),
        "missing": [
            feature for feature in level1["features"] if feature not in explanation.targets
        ],
    }


def make_query(emotion: str | None, target: str) -> str:
    """The page at an emotion's effects and a target's components."""
    return "?" + urlencode({"emotion": emotion or "", "target": target})


def name_plainly(name: str) -> str:
    return name.replace("_", " ")


def list_rows(level1: dict[str, Any], column: int) -> list[dict[str, Any]]:
    """One emotion's effects with their boxes, the strongest against the mean excerpt first."""
    emotion = level1["emotions"][column]
    boxes = {
        box["feature"]: box
        for box in (level1["reference"] or {"boxes": []})["boxes"]
        if box["emotion"] == emotion
    }
    rows = []
    for number, feature in enumerate(level1["features"]):
        weight, value = level1["weights"][number][column], level1["values"][number]
        centred = None if level1["centred"] is None else level1["centred"][number][column]
        rows.append(
            {
                "feature": feature,
                "weight": weight,
                "value": value,
                "effect": weight * value,
                "centred": centred,
                "box": boxes.get(feature),
            }
        )
    return sorted(
        rows, key=lambda row: -abs(row["effect"] if row["centred"] is None else row["centred"])
    )


def scale_rows(rows: Sequence[dict[str, Any]]) -> tuple[Place, list[float]]:
    ends = [0.0, *(row["effect"] for row in rows)]
    for row in rows:
        if row["box"]:
            ends += [row["box"]["low_whisker"], row["box"]["high_whisker"]]
    low, high = min(ends), max(ends)
    margin = 0.03 * ((high - low) or 1.0)
    low, high = low - margin, high + margin
    step = next((s for s in TICK_STEPS if (high - low) / s <= 5), TICK_STEPS[-1])
    first, last = int(low / step), int(high / step)
    ticks = [number * step for number in range(first, last + 1)]
    return (lambda value: (value - low) / (high - low) * WIDTH), ticks


def show_row(
    row: dict[str, Any],
    place: Place,
    ticks: Sequence[float],
    explanation: Explanation,
    emotion: str,
    target: str,
    *,
    is_strong: bool,
) -> dict[str, Any]:
    feature, box = row["feature"], row["box"]
    first, last = sorted((place(0.0), place(row["effect"])))
    return {
        "name": name_plainly(feature),
        "is_current": feature == target,
        "is_strong": is_strong,
        "url": f"{make_query(emotion, feature)}#listened" if feature in explanation.targets else "",
        "product": f"{format_signed(row['weight'], digits=2)} × {format_number(row['value'])}",
        "effect": format_signed(row["effect"], digits=2),
        "centred": "" if row["centred"] is None else format_signed(row["centred"], digits=2),
        "colour": "b-blue" if row["effect"] >= 0 else "b-red",
        "x": round(first, 1),
        "width": round(max(last - first, 2.0), 1),
        "grid": [round(place(tick), 1) for tick in ticks if tick],
        "zero": round(place(0.0), 1),
        "box": None if box is None else show_box(box, place),
    }


def show_box(box: dict[str, Any], place: Place) -> dict[str, float]:
    ends = ("low_whisker", "low_quartile", "median", "high_quartile", "high_whisker")
    x = {name: round(place(box[name]), 1) for name in ends}
    return x | {"width": round(max(x["high_quartile"] - x["low_quartile"], 2.0), 1)}


def format_tick(value: float) -> str:
    if abs(value) < 1e-9:
        return "0"
    return format_signed(value, digits=2 if abs(value) < 0.1 else 1)


def show_correlations(level1: dict[str, Any], emotion: str) -> dict[str, Any] | None:
    """How the features go together in the reference excerpts, and what that does to weights."""
    reference = level1["reference"]
    if reference is None or emotion not in reference["correlations"]:
        return None
    matrix, features = reference["among_features"], level1["features"]
    column = level1["emotions"].index(emotion)
    weights = [row[column] for row in level1["weights"]]
    rows = [
        {
            "name": name_plainly(found["feature"]),
            "cells": [show_cell(matrix[number][other]) for other in range(number)],
            "r": format_r(found["r"]),
            "weight": format_signed(weights[number], digits=2),
            "share": "–" if found["share"] is None else format_number(found["share"]),
            "vif": "–" if found["vif"] is None else f"{found['vif']:.1f}",
            "badge": name_entanglement(found),
        }
        for number, found in enumerate(reference["correlations"][emotion])
    ]
    return {
        "rows": rows,
        "numbers": range(1, len(features)),
        "n": reference["n"],
        "strongest": tell_strongest_pair(features, matrix),
        "caveats": [
            tell_entanglement(found, emotion)
            for found, weight in zip(reference["correlations"][emotion], weights, strict=True)
            if found["warnings"] and abs(weight) >= NEGLIGIBLE * max(map(abs, weights))
        ],
    }


def show_cell(r: float) -> dict[str, str]:
    shade = min(SHADES, round(abs(r) * (SHADES + 1)))
    side = "up" if r > 0 else "down"
    return {"text": format_number(r), "shade": f"r-{side}-{shade}" if shade else ""}


def format_r(r: float | None) -> str:
    return "–" if r is None else format_number(r)


def name_entanglement(found: dict[str, Any]) -> str:
    """A badge's word, or nothing where a weight may be read as it stands."""
    if found["twins"]:
        return f"entangled with {', '.join(map(name_plainly, found['twins']))}"
    words = {"vif": "entangled", "sign": "signs part", "unstable": "sign not stable"}
    return next((words[code] for code in found["warnings"] if code in words), "")


def tell_entanglement(found: dict[str, Any], emotion: str) -> str:
    feature, emotion = name_plainly(found["feature"]), name_plainly(emotion)
    if found["twins"]:
        twins = " and ".join(map(name_plainly, found["twins"]))
        return (
            f"{feature.capitalize()} travels together with {twins} (beyond |r| .70): how the "
            f"effect is split between them can change from one training run to the next."
        )
    if "vif" in found["warnings"]:
        return (
            f"{feature.capitalize()} is nearly told by the other features (VIF "
            f"{found['vif']:.1f}): its weight can trade places with theirs."
        )
    if "sign" in found["warnings"]:
        way = "up" if found["r"] > 0 else "down"
        return (
            f"In the reference excerpts {emotion} goes {way} with {feature} (r "
            f"{format_number(found['r'])}), although its own weight points the other way: what "
            f"moves with it outweighs it."
        )
    return f"The sign of {feature}’s weight changes from draw to draw: do not read it alone."


def tell_strongest_pair(features: Sequence[str], matrix: Sequence[Sequence[float]]) -> str:
    pairs = [
        (abs(matrix[i][j]), matrix[i][j], features[i], features[j])
        for i in range(len(features))
        for j in range(i)
    ]
    if not pairs:
        return ""
    _, r, one, other = max(pairs)
    pair = f"{name_plainly(one)} and {name_plainly(other)}"
    return f"Tied most: {pair} (r {format_number(r)})."


def show_through(explanation: Explanation, emotion: str) -> dict[str, Any] | None:
    """The two levels joined: through which features each kept component moves the emotion.

    Only where the recipe explained the emotion and every feature, and the sums come out.
    """
    manifest, level1 = explanation.manifest, explanation.manifest["level1"]
    targets, features = manifest["targets"], level1["features"]
    if any(name not in targets for name in (emotion, *features)):
        return None
    column = level1["emotions"].index(emotion)
    heads = [level1["weights"][number][column] for number in range(len(features))]
    rows = []
    for place, component in enumerate(targets[emotion]["selected"], 1):
        parts = [
            head * targets[feature]["weights"][component]
            for head, feature in zip(heads, features, strict=True)
        ]
        total = targets[emotion]["weights"][component]
        if abs(sum(parts) - total) > EXACT:
            return None
        strongest = max(range(len(parts)), key=lambda i: abs(parts[i]))
        rows.append(
            {
                "number": place,
                "parts": [
                    {"text": format_signed(part, digits=3), "is_strongest": i == strongest}
                    for i, part in enumerate(parts)
                ],
                "total": format_signed(total, digits=3),
            }
        )
    return {
        "features": [name_plainly(feature) for feature in features],
        "rows": rows,
        "url": f"{make_query(emotion, emotion)}#listened",
    }
