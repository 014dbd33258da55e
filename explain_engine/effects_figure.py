"""Level 1 as a picture: the box plot of effects over a data set, with one example marked.

SVG text with classes only, no style and no script, like :mod:`explain_engine.figures`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from explain_engine.effects import Box, EffectsError

WIDTH, LEFT, RIGHT = 520, 150, 16
ROW, BAR, TOP, BOTTOM = 34, 14, 10, 40


def effects_svg(boxes: Sequence[Box], emotion: str) -> str:
    """Draw the effects on one emotion, a row for each feature.

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
    ends = [0.0]
    for box in rows:
        ends += [box.low_whisker, box.high_whisker]
        ends += [] if box.marked is None else [box.marked]
    low, high = min(ends), max(ends)
    scale = (WIDTH - LEFT - RIGHT) / ((high - low) or 1.0)

    def place(value: float) -> float:
        return LEFT + (value - low) * scale

    height = TOP + ROW * len(rows) + BOTTOM
    floor = height - BOTTOM + 6
    parts = [f'<line class="ax0" x1="{place(0):.1f}" x2="{place(0):.1f}" y1="{TOP}" y2="{floor}"/>']
    for index, box in enumerate(rows):
        parts += _draw_box(box, TOP + ROW * index + ROW / 2, place)
    for value, anchor in ((low, "start"), (0.0, "middle"), (high, "end")):
        if value == 0.0 or abs(place(value) - place(0)) > 40:
            parts.append(
                f'<text x="{place(value):.1f}" y="{floor + 14}" text-anchor="{anchor}">'
                f"{value:+.2f}</text>".replace("+0.00", "0")
            )
    n = rows[0].n
    label = f"Effects on {emotion} over {n} excerpts"
    parts.append(
        f'<text x="{WIDTH - RIGHT}" y="{height - 6}" text-anchor="end">effect on '
        f"{escape(emotion)} (weight × value), {n} excerpts</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _draw_box(box: Box, y: float, place: Callable[[float], float]) -> list[str]:
    x = {
        name: place(getattr(box, name))
        for name in ("low_whisker", "low_quartile", "median", "high_quartile", "high_whisker")
    }
    top, width = y - BAR / 2, x["high_quartile"] - x["low_quartile"]
    parts = [
        f'<text class="ink" x="{LEFT - 12}" y="{y + 4:.1f}" text-anchor="end">'
        f"{escape(box.feature.replace('_', ' '))}</text>",
        f'<line class="ax0" x1="{x["low_whisker"]:.1f}" x2="{x["high_whisker"]:.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>',
        f'<rect class="b-hollow" x="{x["low_quartile"]:.1f}" y="{top:.1f}" '
        f'width="{max(width, 1):.1f}" height="{BAR}"/>',
        f'<line class="ax0" x1="{x["median"]:.1f}" x2="{x["median"]:.1f}" '
        f'y1="{top:.1f}" y2="{top + BAR:.1f}"/>',
    ]
    if box.marked is not None:
        colour = "b-blue" if box.marked >= 0 else "b-red"
        mark = place(box.marked)
        parts.append(
            f'<path class="{colour}" d="M{mark - 6:.1f} {y:.1f}L{mark:.1f} {y - 6:.1f}'
            f'L{mark + 6:.1f} {y:.1f}L{mark:.1f} {y + 6:.1f}Z"><title>'
            f"{escape(box.feature)}: {box.marked:+.3f}</title></path>"
        )
    return parts
