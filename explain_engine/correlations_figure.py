"""Correlated features as a picture: which go together, what is fairly each one's, which signs part.

SVG text with classes only, no style and no script (:mod:`explain_engine.drawing`).
"""

from __future__ import annotations

import math

from explain_engine.correlations import CorrelationReport, FeatureRow
from explain_engine.drawing import draw_text, wrap_svg
from explain_engine.numbers import format_change, format_number

CELL, ROW, TOP = 34, 34, 64
NAME = 130
SIGNS, SHARE, LETTER = 150, 150, 7


def correlations_svg(report: CorrelationReport) -> str:
    """Draw how features go together, and with the target, a row a feature.

    Parameters
    ----------
    report : CorrelationReport
        From `correlations.describe_correlations`.

    Returns
    -------
    str
        SVG markup: the matrix of correlations (stronger is darker), then r and weight with their
        signs, the fair share (LMG) with its interval, and what warns of each row.
    """
    n = len(report.rows)
    matrix_right = NAME + CELL * n
    parts = _draw_heads(report, matrix_right)
    ceiling = max(
        [0.01]
        + [v for row in report.rows for v in (row.lmg.estimate, row.lmg.high) if math.isfinite(v)]
    )
    for index, row in enumerate(report.rows):
        y = TOP + ROW * index + ROW / 2
        parts.append(draw_text(NAME - 10, y + 4, _name(row), anchor="end", kind="ink"))
        for column in range(index):
            r = float(report.among_features[index, column])
            parts += _draw_cell(r, NAME + CELL * (column + 0.5), y)
        parts.append(draw_text(NAME + CELL * (index + 0.5), y + 4, str(index + 1), anchor="middle"))
        parts += _draw_signs(row, matrix_right + 16, y)
        parts += _draw_share(row, matrix_right + 16 + SIGNS, y, ceiling)
        parts.append(_draw_warning(row, matrix_right + 32 + SIGNS + SHARE, y))
    longest = max((len(describe_entanglement(row)) for row in report.rows), default=0)
    width = matrix_right + 32 + SIGNS + SHARE + LETTER * longest
    height = TOP + ROW * n + 30
    foot = f"{report.n:,} rows, R² {format_number(report.r2)}"
    parts.append(draw_text(0, height - 8, foot))
    return wrap_svg(width, height, f"Correlated features and {report.target}", parts)


def _draw_heads(report: CorrelationReport, right: float) -> list[str]:
    x = right + 16
    heads = [
        draw_text(NAME, 20, "go together", kind="strong"),
        draw_text(x, 20, f"with {report.target.replace('_', ' ')}", kind="strong"),
        draw_text(x + 44, 40, "r", anchor="end"),
        draw_text(x + 110, 40, "weight", anchor="end"),
        draw_text(x + SIGNS, 20, "fair share", kind="strong"),
        draw_text(x + SIGNS, 40, "of variance (LMG)"),
    ]
    numbers = [
        draw_text(NAME + CELL * (column + 0.5), TOP - 8, str(column + 1), anchor="middle")
        for column in range(len(report.rows) - 1)
    ]
    return heads + numbers


def _name(row: FeatureRow) -> str:
    return row.name.replace("_", " ")


def _draw_cell(r: float, x: float, y: float) -> list[str]:
    side, colour = CELL - 4, "b-blue" if r >= 0 else "b-red"
    # Paper on a dark cell, ink on a light one.
    kind = "small notch" if abs(r) > 0.6 else "small ink"
    return [
        f'<rect class="{colour}" fill-opacity="{0.9 * abs(r):.2f}" x="{x - side / 2:.1f}" '
        f'y="{y - side / 2:.1f}" width="{side}" height="{side}"/>',
        draw_text(x, y + 4, format_number(r), anchor="middle", kind=kind),
    ]


def _draw_signs(row: FeatureRow, x: float, y: float) -> list[str]:
    parted = "sign" in row.warnings
    kind = "ochre" if parted else "ink"
    weight = "–" if math.isnan(row.weight) else format_change(row.weight, 3)
    drawn = [
        draw_text(x + 44, y + 4, format_change(row.r.estimate), anchor="end", kind=kind),
        draw_text(x + 110, y + 4, weight, anchor="end", kind=kind),
    ]
    if parted:
        drawn.append(
            f'<path class="b-ochre" d="M{x + 50:.1f} {y + 4:.1f}l5 -9l5 9Z">'
            f"<title>r and weight point apart</title></path>"
        )
    return drawn


def _draw_share(row: FeatureRow, x: float, y: float, ceiling: float) -> list[str]:
    scale = (SHARE - 16) / ceiling
    parts = [f'<line class="ax" x1="{x:.1f}" x2="{x + SHARE - 16:.1f}" y1="{y}" y2="{y}"/>']
    share = row.lmg
    if math.isfinite(share.low):
        parts.append(
            f'<rect class="b-blue" x="{x + share.low * scale:.1f}" y="{y - 5:.1f}" '
            f'width="{max((share.high - share.low) * scale, 2):.1f}" height="10"/>'
        )
        parts.append(
            f'<rect class="notch" x="{x + share.estimate * scale - 1.25:.2f}" y="{y - 5:.1f}" '
            f'width="2.5" height="10"/>'
        )
    elif math.isfinite(share.estimate):
        parts.append(
            f'<rect class="b-grey" x="{x:.1f}" y="{y - 2:.1f}" '
            f'width="{max(share.estimate * scale, 1):.1f}" height="4"/>'
        )
    return parts


def _draw_warning(row: FeatureRow, x: float, y: float) -> str:
    if not row.warnings:
        return ""
    text = describe_entanglement(row)
    return draw_text(x, y + 4, text, kind="ochre")


def describe_entanglement(row: FeatureRow) -> str:
    """Return what keeps a feature's weight from being read alone, in a few words; or nothing."""
    if row.twins:
        return f"travels with {' and '.join(name.replace('_', ' ') for name in row.twins)}"
    if "vif" in row.warnings:
        return f"entangled (VIF {row.vif:.1f})"
    if "sign" in row.warnings:
        return "r and weight point apart"
    if "unstable" in row.warnings:
        return "its sign is not stable"
    return ""
