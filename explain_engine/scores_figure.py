"""The scores of an explanation as a picture: figure, bar where it is bounded, and its caveat."""

from __future__ import annotations

import textwrap

from explain_engine.drawing import draw_text, wrap_svg
from explain_engine.numbers import format_number
from explain_engine.result import Explanation
from explain_engine.scores import Score

WIDTH, LINE, HEAD, GAP = 640, 18, 26, 14
CHARACTERS = 96
# Those that lie between 0 and 1 and mean nothing beyond.
BOUNDED = ("held_out_r2", "stability", "top_overlap")


def scores_svg(result: Explanation, target: str) -> str:
    """Draw a target's scores, warnings first, each with the sentence that says how to take it.

    Parameters
    ----------
    result : Explanation
        What was scored.
    target : str
        One of the recipe's targets.

    Returns
    -------
    str
        SVG markup; a weak score is ochre and marked with a triangle.
    """
    parts: list[str] = []
    y = float(GAP)
    for score in result.scores_for(target).values():
        drawn, y = _draw_score(score, y)
        parts += drawn
    return wrap_svg(WIDTH, y, f"Scores of the explanation of {target}", parts)


def _draw_score(score: Score, y: float) -> tuple[list[str], float]:
    parts = [f'<line class="ax" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>']
    base = y + 20
    left = 0.0
    if score.is_weak:
        parts.append(
            f'<path class="b-ochre" d="M0 {base + 1:.1f}L6 {base - 10:.1f}L12 {base + 1:.1f}Z"/>'
        )
        left = 18.0
    value = "not defined" if score.value is None else format_number(score.value)
    parts.append(draw_text(left, base, score.title, kind="strong"))
    kind = "ochre" if score.is_weak else "ink"
    parts.append(draw_text(WIDTH, base, value, anchor="end", kind=kind))
    y += HEAD
    if score.value is not None and score.name in BOUNDED and 0 <= score.value <= 1:
        colour = "b-grey" if score.is_weak else "b-blue"
        parts.append(
            f'<line class="ax" x1="0" x2="{WIDTH}" y1="{y + 4:.1f}" y2="{y + 4:.1f}"/>'
            f'<rect class="{colour}" x="0" y="{y + 2:.1f}" '
            f'width="{score.value * WIDTH:.1f}" height="4"/>'
        )
        y += 10
    for line in textwrap.wrap(score.caveat, CHARACTERS):
        parts.append(draw_text(0, y + 13, line, kind="ink" if score.is_weak else None))
        y += LINE
    return parts, y + GAP
