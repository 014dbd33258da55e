"""Level 1 as pictures: effects of an excerpt, and box plots of effects over a data set.

SVG text with classes only, no style and no script (:mod:`explain_engine.drawing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from explain_engine.drawing import draw_text, wrap_svg
from explain_engine.effects import Box, Effects, EffectsError, list_effects
from explain_engine.level1 import box_effects
from explain_engine.numbers import format_number, format_signed

WIDTH, LEFT, RIGHT = 640, 150, 110
ROW, BAR, TOP, BOTTOM = 34, 14, 10, 46


def effects_svg(boxes: Sequence[Box], emotion: str) -> str:
    """Draw the effects on one emotion over a data set, a row for each feature.

    Parameters
    ----------
    boxes : sequence of Box
        From `effects.summarise_effects`.
    emotion : str
        Which emotion.

    Returns
    -------
    str
        SVG markup: boxes with median and whiskers, the marked example as a diamond.

    Raises
    ------
    EffectsError
        When no box is of that emotion.
    """
    rows = [box for box in boxes if box.emotion == emotion]
    if not rows:
        known = ", ".join(dict.fromkeys(box.emotion for box in boxes)) or "none"
        raise EffectsError(f"The emotion must be one of {known}, got {emotion!r}.")
    ends = [end for box in rows for end in (box.low_whisker, box.high_whisker, box.marked or 0.0)]
    place, low, high = _scale(ends)
    parts = []
    for index, box in enumerate(rows):
        y = TOP + ROW * index + ROW / 2
        parts += [_name_row(box.feature, y), *_draw_box(box, y, place)]
        if box.marked is not None:
            parts.append(_draw_diamond(box.marked, y, place, box.feature))
            parts.append(_draw_value(box.marked, y))
    foot = f"effect on {emotion} (weight × value), {rows[0].n} excerpts"
    label = f"Effects on {emotion} over {rows[0].n} excerpts"
    return _finish(len(rows), place, low, high, parts, foot, label)


def excerpt_effects_svg(effects: Effects, emotion: str) -> str:
    """Draw the effects of one excerpt on one emotion, the strongest feature first.

    Parameters
    ----------
    effects : Effects
        Of the excerpt.
    emotion : str
        Which emotion.

    Returns
    -------
    str
        SVG markup: a bar an effect, blue up and red down, with its value and, in brackets, the
        centred effect; behind it the box of the reference excerpts, where there are any.

    Raises
    ------
    EffectsError
        When there is no such emotion.
    """
    (found,) = list_effects(effects, [emotion])
    boxes = {box.feature: box for box in box_effects(effects) if box.emotion == emotion}
    ends = [row["effect"] for row in found["effects"]]
    ends += [end for box in boxes.values() for end in (box.low_whisker, box.high_whisker)]
    place, low, high = _scale(ends)
    parts = []
    for index, row in enumerate(found["effects"]):
        y = TOP + ROW * index + ROW / 2
        parts.append(_name_row(row["feature"], y))
        if row["feature"] in boxes:
            parts += _draw_box(boxes[row["feature"]], y, place)
        parts += [_draw_bar(row["effect"], y, place), _draw_value(row["effect"], y)]
        if row["centred"] is not None:
            text = f"({format_signed(row['centred'], digits=2)})"
            parts.append(draw_text(WIDTH - 4, y + 4, text, anchor="end"))
    foot = f"{emotion} {format_number(found['output'])}: effects (weight × value)"
    foot += f" and a constant of {format_number(found['intercept'])}"
    if boxes:
        foot += f". Boxes: {next(iter(boxes.values())).n} reference excerpts"
    return _finish(
        len(found["effects"]), place, low, high, parts, foot, f"Effects on {emotion}, one excerpt"
    )


Place = Callable[[float], float]


def _scale(values: Sequence[float]) -> tuple[Place, float, float]:
    low, high = min(0.0, *values), max(0.0, *values)
    scale = (WIDTH - LEFT - RIGHT) / ((high - low) or 1.0)
    return lambda value: LEFT + (value - low) * scale, low, high


def _finish(
    n_rows: int, place: Place, low: float, high: float, parts: list[str], foot: str, label: str
) -> str:
    height = TOP + ROW * n_rows + BOTTOM
    floor = height - BOTTOM + 4
    zero = f'<line class="ax0" x1="{place(0):.1f}" x2="{place(0):.1f}" y1="{TOP}" y2="{floor}"/>'
    ticks = [
        draw_text(place(value), floor + 14, _name_tick(value), anchor="middle")
        for value in (low, 0.0, high)
        if value == 0.0 or abs(place(value) - place(0)) > 40
    ]
    foot_line = draw_text(0, height - 6, foot)
    return wrap_svg(WIDTH, height, label, [zero, *parts, *ticks, foot_line])


def _name_tick(value: float) -> str:
    return format_signed(value, digits=2) if value else "0"


def _name_row(feature: str, y: float) -> str:
    return draw_text(LEFT - 12, y + 4, feature.replace("_", " "), anchor="end", kind="ink")


def _draw_value(value: float, y: float) -> str:
    text = format_signed(value, digits=2)
    return draw_text(WIDTH - 60, y + 4, text, anchor="end", kind="ink")


def _draw_bar(value: float, y: float, place: Place) -> str:
    first, last = sorted((place(0), place(value)))
    colour = "b-blue" if value >= 0 else "b-red"
    return (
        f'<rect class="{colour}" x="{first:.1f}" y="{y - 3:.1f}" '
        f'width="{max(last - first, 1):.1f}" height="6"/>'
    )


def _draw_diamond(value: float, y: float, place: Place, feature: str) -> str:
    x, colour = place(value), "b-blue" if value >= 0 else "b-red"
    return (
        f'<path class="{colour}" d="M{x - 6:.1f} {y:.1f}L{x:.1f} {y - 6:.1f}'
        f'L{x + 6:.1f} {y:.1f}L{x:.1f} {y + 6:.1f}Z"><title>'
        f"{escape(feature)}: {format_signed(value, digits=3)}</title></path>"
    )


def _draw_box(box: Box, y: float, place: Place) -> list[str]:
    x = {
        name: place(getattr(box, name))
        for name in ("low_whisker", "low_quartile", "median", "high_quartile", "high_whisker")
    }
    top, width = y - BAR / 2, x["high_quartile"] - x["low_quartile"]
    return [
        f'<line class="ax0" x1="{x["low_whisker"]:.1f}" x2="{x["high_whisker"]:.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>',
        f'<rect class="b-hollow" x="{x["low_quartile"]:.1f}" y="{top:.1f}" '
        f'width="{max(width, 1):.1f}" height="{BAR}"/>',
        f'<line class="ax0" x1="{x["median"]:.1f}" x2="{x["median"]:.1f}" '
        f'y1="{top:.1f}" y2="{top + BAR:.1f}"/>',
    ]
