"""Charts as Vega-Lite specifications: data and marks, declared; nothing is drawn here.

Colours are those of the light theme; `inline` turns them into classes, so one drawing serves both
themes. Differences never rest on colour alone: marks differ in fill, outline and dashes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]

INK, GRAPHITE, PENCIL = "#1b1e23", "#4a5058", "#646b73"
EDGE, LINE, PAPER = "#7f858d", "#d9dbd8", "#fafaf8"
BLUE, BLUE_MID, RED, RED_WASH = "#24489c", "#768ec7", "#ad2f22", "#f9e9e5"
SANS = "Segoe UI, Roboto, Helvetica Neue, Liberation Sans, Arial, sans-serif"
WIDE, NARROW, ROW = 760, 358, 72

CONFIG: Spec = {
    "font": SANS,
    "background": None,
    "padding": 0,
    "view": {"stroke": None},
    "axis": {
        "labelColor": PENCIL,
        "titleColor": GRAPHITE,
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": 400,
        "gridColor": LINE,
        "domainColor": INK,
        "tickCount": 4,
        "ticks": False,
        "labelPadding": 8,
        "domain": False,
    },
    "axisY": {"grid": False, "labelColor": INK, "labelLimit": 240},
    "axisQuantitative": {"grid": True},
    "legend": {"disable": True},
    "text": {"fontSize": 13, "color": INK},
}

# Fill, outline and dashes of a condition; what is not here is a control: hollow.
MARKS: Mapping[str, tuple[str, str, list[int]]] = {
    "original": (INK, INK, []),
    "kept": (BLUE, BLUE, []),
    "removed": (RED_WASH, RED, [3, 2]),
}
CONTROL = (PAPER, EDGE, [])
# Of conditions in their order, so that points differ in grey too.
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left")
LEGEND: Spec = {
    "disable": False,
    "title": None,
    "orient": "top",
    "labelColor": INK,
    "labelFontSize": 13,
}


def declare(body: Spec, *, title: str) -> Spec:
    """`title`: what the chart shows, as a sentence for those who hear it."""
    schema = "https://vega.github.io/schema/vega-lite/v5.json"
    return {"$schema": schema, "description": title, "config": CONFIG, **body}


def show_distributions(
    rows: Sequence[Mapping[str, Any]], *, title: str, width: int, labels: Sequence[str]
) -> Spec:
    """How often each point of the scale was chosen: one row a condition.

    rows: `label`, `condition`, `counts` of the points; labels: those of the points.
    """
    margin = 130 if width == WIDE else 112
    names = [row["label"] for row in rows]
    conditions = [row["condition"] for row in rows]
    fills, strokes, dashes = zip(*(MARKS.get(name, CONTROL) for name in conditions), strict=True)
    top = max([1, *(count for row in rows for count in row["counts"])])
    bars = {
        "mark": {"type": "bar", "strokeWidth": 1.5, "width": {"band": 0.86}},
        "encoding": {
            "fill": _choose("condition", conditions, fills),
            "stroke": _choose("condition", conditions, strokes),
            "strokeDash": _choose("condition", conditions, dashes),
        },
    }
    counts = {
        "mark": {"type": "text", "dy": -8, "color": GRAPHITE},
        "encoding": {"text": {"field": "count", "type": "quantitative"}},
    }
    y = {
        "field": "count",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, top * 1.3], "nice": False},
    }
    axis = {"labelAngle": 0, "labelColor": INK, "grid": False}
    values = [
        {
            "row": row["label"],
            "condition": row["condition"],
            "rating": rating,
            "count": count,
            "total": f"n {sum(row['counts']):,}",
            "is_first": rating == labels[0],
        }
        for row in rows
        for rating, count in zip(labels, row["counts"], strict=True)
    ]
    body = {
        "data": {"values": values},
        "facet": {
            "row": {
                "field": "row",
                "type": "nominal",
                "sort": names,
                "title": None,
                "header": {"labels": False},
            }
        },
        "spacing": 10,
        "spec": {
            "width": width - margin,
            "height": ROW,
            "encoding": {
                "x": {
                    "field": "rating",
                    "type": "ordinal",
                    "title": None,
                    "axis": axis,
                    "sort": list(labels),
                },
                "y": y,
            },
            "layer": [
                bars,
                counts,
                _write_beside("row", y=ROW - 16, margin=margin, weight=600, color=INK),
                _write_beside("total", y=ROW, margin=margin, weight=400, color=PENCIL),
                _draw_baseline(),
            ],
        },
    }
    return declare(body, title=title)


def show_intervals(
    rows: Sequence[Mapping[str, Any]],
    *,
    title: str,
    unit: str,
    width: int,
    reference: float | None = None,
) -> Spec:
    """A bar from low to high with a notch at the estimate, one row a figure.

    rows: `label`, `estimate`, `low`, `high` (None where undefined), and `model` where the model
    has a mark of its own. `reference`: a value to compare with, as a dashed line beside that of
    zero.
    """
    y, margin = _list_labels([row["label"] for row in rows], width)
    x = {"type": "quantitative", "title": unit, "scale": {"zero": True}}
    zero = {
        "data": {"values": [{"x": 0}]},
        "mark": {"type": "rule", "color": INK, "strokeWidth": 1},
        "encoding": {"x": {"field": "x", **x}},
    }
    bars = {
        "transform": [{"filter": "isValid(datum.low)"}],
        "mark": {"type": "rule", "color": BLUE, "strokeWidth": 10},
        "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}},
    }
    notches = {
        "transform": [{"filter": "isValid(datum.low)"}],
        "mark": {"type": "tick", "color": PAPER, "thickness": 2.5, "bandSize": 10},
        "encoding": {"y": y, "x": {"field": "estimate", **x}},
    }
    alone = {
        "transform": [{"filter": "isValid(datum.estimate) && !isValid(datum.low)"}],
        "mark": {"type": "point", "stroke": EDGE, "fill": PAPER, "size": 60},
        "encoding": {"y": y, "x": {"field": "estimate", **x}},
    }
    body = {
        "data": {"values": [dict(row) for row in rows]},
        "width": width - margin,
        "height": {"step": 30},
        "layer": [
            zero,
            *_draw_reference(reference, x),
            bars,
            notches,
            alone,
            *([_draw_model(x, y)] if any("model" in row for row in rows) else []),
        ],
    }
    return declare(body, title=title)


def _draw_model(x: Mapping[str, Any], y: Spec) -> Spec:
    """A dot below the bar."""
    return {
        "transform": [{"filter": "isValid(datum.model)"}],
        "mark": {"type": "point", "filled": True, "fill": INK, "size": 50, "yOffset": 10},
        "encoding": {"y": y, "x": {"field": "model", **x}},
    }


def _draw_reference(reference: float | None, x: Mapping[str, Any]) -> list[dict[str, Any]]:
    if reference is None:
        return []
    line = {
        "data": {"values": [{"x": reference}]},
        "mark": {"type": "rule", "color": INK, "strokeWidth": 1, "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "x", **x}},
    }
    return [line]


def show_points(
    points: Sequence[Mapping[str, Any]], *, title: str, x: str, y: str, width: int
) -> Spec:
    """One mark a clip, filled and outlined as its condition, which stands in the legend.

    points: `x`, `y`, `condition`, `label` of the condition; x, y: titles of the axes.
    """
    names = list(dict.fromkeys(point["condition"] for point in points))
    labels = list(dict.fromkeys(point["label"] for point in points))
    fills, strokes, _ = zip(*(MARKS.get(name, CONTROL) for name in names), strict=True)
    shape = {**_choose("label", labels, SHAPES[: len(labels)]), "legend": LEGEND}
    marks = {
        "mark": {"type": "point", "filled": True, "size": 64, "strokeWidth": 1.5, "opacity": 1},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": x, "scale": {"zero": False}},
            "y": {"field": "y", "type": "quantitative", "title": y, "scale": {"zero": False}},
            "shape": shape,
            "fill": {**_choose("label", labels, fills), "legend": LEGEND},
            "stroke": {**_choose("label", labels, strokes), "legend": LEGEND},
        },
    }
    body = {
        "data": {"values": [dict(point) for point in points]},
        "width": width - 70,
        "height": 300,
        "layer": [marks],
    }
    return declare(body, title=title)


def show_shares(rows: Sequence[Mapping[str, Any]], *, title: str, width: int) -> Spec:
    """Parts of a whole as one bar a row; the parts differ in fill and carry their share.

    rows: `label`, `part`, `share` in [0, 1].
    """
    y, margin = _list_labels([row["label"] for row in rows], width)
    parts = list(dict.fromkeys(row["part"] for row in rows))
    fills = [BLUE, BLUE_MID, PAPER, LINE][: len(parts)]
    x = {
        "field": "share",
        "type": "quantitative",
        "stack": "zero",
        "title": None,
        "axis": {"format": ".0%"},
        "scale": {"domain": [0, 1]},
    }
    bars = {
        "mark": {"type": "bar", "stroke": EDGE, "strokeWidth": 1, "height": 14},
        "encoding": {
            "y": y,
            "x": x,
            "order": {"field": "place", "type": "quantitative"},
            "fill": _choose("part", parts, fills),
        },
    }
    body = {
        "data": {"values": [{**row, "place": parts.index(row["part"])} for row in rows]},
        "width": width - margin,
        "height": {"step": 30},
        "layer": [bars],
    }
    return declare(body, title=title)


def _choose(field: str, names: Sequence[str], values: Sequence[Any]) -> Spec:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(names), "range": list(values)},
    }


def _list_labels(labels: Sequence[str], width: int) -> tuple[Spec, int]:
    """Rows with their labels flush left, and how much room they take."""
    margin = 200 if width == WIDE else 150
    axis = {"labelAlign": "left", "labelPadding": margin, "labelLimit": margin - 12, "grid": False}
    names = list(dict.fromkeys(labels))
    y = {"field": "label", "type": "nominal", "sort": names, "title": None, "axis": axis}
    return y, margin


def _write_beside(field: str, *, y: float, margin: int, weight: int, color: str) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "bottom", "color": color}
    return {
        "transform": [{"filter": "datum.is_first"}],
        "mark": {**mark, "fontWeight": weight},
        "encoding": {
            "x": {"value": -margin},
            "y": {"value": y},
            "text": {"field": field, "type": "nominal"},
        },
    }


def _draw_baseline() -> Spec:
    return {
        "transform": [{"filter": "datum.is_first"}],
        "mark": {"type": "rule", "color": INK, "strokeWidth": 1},
        "encoding": {"x": {"value": -6}, "x2": {"value": "width"}, "y": {"value": ROW}},
    }
