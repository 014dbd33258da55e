"""Pictures of an explanation: the spectrogram with its components, the weights.

SVG with classes only (:mod:`explain_engine.drawing` colours it): ``s1`` to ``s6``, more ink is
louder; ``comp-for``, ``comp-against`` with their ``tagbox``; ``b-blue``, ``b-red``, ``b-grey``.
"""

from __future__ import annotations

import numpy as np

from explain_engine.drawing import wrap_svg
from explain_engine.numbers import format_number
from explain_engine.result import Explanation

WIDTH, HEIGHT, LEFT, BOTTOM = 790, 400, 48, 26
MAX_COLUMNS, MAX_ROWS = 158, 62
INK_THRESHOLDS = (0.30, 0.42, 0.54, 0.66, 0.78, 0.90)
N_OPPOSED = 3
LINE = 14
TICKS_HZ = (55, 110, 220, 440, 880, 1760, 3520, 7040, 14080)


def spectrogram_svg(result: Explanation, target: str) -> str:
    """Draw the excerpt's picture with a target's strongest components outlined.

    Parameters
    ----------
    result : Explanation
        What to draw.
    target : str
        Whose components: those that speak for it solid and numbered by strength, the few that
        speak against it most dashed and lettered; with ``selection="against"`` the chosen ones
        are dashed and numbered.

    Returns
    -------
    str
        SVG markup, under 150 kB.
    """
    picture, labels, rows, columns = _shrink(result)
    n_rows, n_columns = picture.shape
    x_scale, y_scale = (WIDTH - LEFT) / n_columns, (HEIGHT - BOTTOM) / n_rows
    parts = [
        f'<g transform="translate({LEFT} 0) scale({x_scale:.4f} {y_scale:.4f})">',
        *(
            f'<path class="s{i}" d="{_draw_runs(picture >= threshold)}"/>'
            for i, threshold in enumerate(INK_THRESHOLDS, 1)
        ),
        "</g>",
    ]
    tags = []
    for tag, component, side in reversed(_list_outlined(result, target)):
        region = labels == component
        if region.any():
            # Not in the scaled group: not every renderer keeps a stroke's width there.
            outline = trace_outline(region, x_scale=x_scale, y_scale=y_scale, left=LEFT)
            parts.append(f'<path class="comp-{side}" d="{outline}"/>')
            tags.append(_draw_tag(tag, side, region, x_scale, y_scale))
    parts += [*reversed(tags), *_draw_axes(result, rows, columns, y_scale)]
    seconds = result.recipe.duration
    label = f"Spectrogram, {seconds:g} seconds, components for {target} outlined"
    return wrap_svg(WIDTH, HEIGHT, label, parts)


def weights_svg(result: Explanation, target: str) -> str:
    """Draw a target's weights as bars, strongest first; chosen components coloured.

    Parameters
    ----------
    result : Explanation
        What to draw.
    target : str
        Whose weights.

    Returns
    -------
    str
        SVG markup.
    """
    weights = result.weights[result.recipe.targets.index(target)]
    order = np.argsort(-weights, kind="stable")
    chosen = set(result.selected[target].tolist())
    top, low = max(float(weights.max()), 0.0), min(float(weights.min()), 0.0)
    span = (top - low) or 1.0
    zero = 12 + 170 * top / span
    step = 350 / len(order)
    parts = [f'<line class="ax0" x1="34" x2="384" y1="{zero:.1f}" y2="{zero:.1f}"/>']
    for place, component in enumerate(order):
        height = max(1.0, 170 * abs(float(weights[component])) / span)
        y = zero - height if weights[component] >= 0 else zero
        colour = "b-grey"
        if int(component) in chosen:
            colour = "b-blue" if weights[component] >= 0 else "b-red"
        parts.append(
            f'<rect class="{colour}" x="{36 + place * step:.1f}" y="{y:.1f}" '
            f'width="{step * 0.82:.2f}" height="{height:.1f}"/>'
        )
    parts += [
        f'<text x="30" y="22" text-anchor="end">{format_number(top)}</text>',
        f'<text x="30" y="{zero + 4:.1f}" text-anchor="end">0</text>',
        f'<text class="ink" x="384" y="22" text-anchor="end">{len(chosen)} chosen of '
        f"{len(order)}</text>",
        '<text x="382" y="206" text-anchor="end">weight, strongest first</text>',
    ]
    return wrap_svg(384, 210, f"Weights of all {len(order)} components for {target}, sorted", parts)


def trace_outline(
    region: np.ndarray, *, x_scale: float = 1.0, y_scale: float = 1.0, left: float = 0.0
) -> str:
    """Return the outline of a region as SVG path data, row 0 at the bottom.

    Parameters
    ----------
    region : np.ndarray, shape=(n_rows, n_columns), bool
        Cells inside; parts and holes become closed loops of their own.
    x_scale, y_scale, left : float
        Size of a cell, and where the first column begins.

    Returns
    -------
    str
        Path data.
    """
    n_rows = region.shape[0]
    padded = np.pad(region, 1)
    # Directed edges with the inside on one side; each corner then leads to the next edge.
    follow: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def add(start: tuple[int, int], end: tuple[int, int]) -> None:
        follow.setdefault(start, []).append(end)

    for row, column in zip(*np.nonzero(region), strict=True):
        r, c = int(row), int(column)
        if not padded[r, c + 1]:
            add((c, r), (c + 1, r))
        if not padded[r + 2, c + 1]:
            add((c + 1, r + 1), (c, r + 1))
        if not padded[r + 1, c]:
            add((c, r + 1), (c, r))
        if not padded[r + 1, c + 2]:
            add((c + 1, r), (c + 1, r + 1))
    loops = []
    while follow:
        start = point = min(follow)
        loop = [start]
        while True:
            ends = follow[point]
            after = ends.pop()
            if not ends:
                del follow[point]
            point = after
            if point == start:
                break
            loop.append(point)
        corners = _drop_straight(loop)
        points = ((left + x * x_scale, (n_rows - y) * y_scale) for x, y in corners)
        loops.append("M" + "L".join(f"{_plain(x)} {_plain(y)}" for x, y in points) + "z")
    return "".join(loops)


def _drop_straight(loop: list[tuple[int, int]]) -> list[tuple[int, int]]:
    corners = []
    for i, (x, y) in enumerate(loop):
        (x0, y0), (x1, y1) = loop[i - 1], loop[(i + 1) % len(loop)]
        if (x1 - x) * (y - y0) != (x - x0) * (y1 - y):
            corners.append((x, y))
    return corners


def _shrink(result: Explanation) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Picture (block maxima) and labels (block centres) on at most 62 by 158 cells."""
    picture, labels = result.analysis.brightness, result.components.territory
    rows = np.unique(np.linspace(0, picture.shape[0], MAX_ROWS + 1).astype(int))
    columns = np.unique(np.linspace(0, picture.shape[1], MAX_COLUMNS + 1).astype(int))
    small = np.maximum.reduceat(picture, rows[:-1], axis=0)
    small = np.maximum.reduceat(small, columns[:-1], axis=1)
    row_centres = (rows[:-1] + rows[1:] - 1) // 2
    column_centres = (columns[:-1] + columns[1:] - 1) // 2
    return small, labels[np.ix_(row_centres, column_centres)], rows, columns


def _draw_runs(mask: np.ndarray) -> str:
    n_rows = len(mask)
    padded = np.pad(mask.astype(np.int8), ((0, 0), (1, 1)))
    steps = np.diff(padded, axis=1)
    runs = []
    for row in range(n_rows):
        starts, ends = np.flatnonzero(steps[row] == 1), np.flatnonzero(steps[row] == -1)
        y = n_rows - 1 - row
        runs += [f"M{a} {y}h{b - a}v1h-{b - a}z" for a, b in zip(starts, ends, strict=True)]
    return "".join(runs)


def _list_outlined(result: Explanation, target: str) -> list[tuple[str, int, str]]:
    """(tag, component, side), strongest first."""
    weights = result.weights[result.recipe.targets.index(target)]
    side, other = ("for", "against") if result.recipe.selection == "for" else ("against", "for")
    outlined = [
        (str(i), int(component), side) for i, component in enumerate(result.selected[target], 1)
    ]
    signed = -weights if side == "for" else weights
    audible = result.components.is_audible
    opposed = [int(c) for c in np.argsort(-signed, kind="stable") if signed[c] > 0 and audible[c]]
    floor = 0.2 * float(np.abs(weights).max())
    opposed = [c for c in opposed if abs(weights[c]) >= floor][:N_OPPOSED]
    return outlined + [("abc"[i], component, other) for i, component in enumerate(opposed)]


def _draw_tag(tag: str, side: str, region: np.ndarray, x_scale: float, y_scale: float) -> str:
    cells = np.argwhere(region)
    middle = cells.mean(axis=0)
    # The centre of mass may lie outside a bent region: take the cell nearest to it.
    row, column = cells[((cells - middle) ** 2).sum(axis=1).argmin()]
    x = min(max(LEFT + (column + 0.5) * x_scale, LEFT + 11), WIDTH - 11)
    y = min(max((len(region) - row - 0.5) * y_scale, 11), HEIGHT - BOTTOM - 11)
    box = "tagbox" if side == "for" else "tagbox against"
    return (
        f'<rect class="{box}" x="{x - 10:.0f}" y="{y - 10:.0f}" width="20" height="20" rx="2"/>'
        f'<text class="strong" x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">{tag}</text>'
    )


def _draw_axes(
    result: Explanation, rows: np.ndarray, columns: np.ndarray, y_scale: float
) -> list[str]:
    floor = HEIGHT - BOTTOM
    centres = result.analysis.front_end.band_centres()
    parts = []
    above = float(floor + LINE)
    for hz in TICKS_HZ:
        if centres[0] <= hz <= centres[-1]:
            band = float(np.interp(hz, centres, np.arange(len(centres))))
            y = floor - float(np.interp(band, rows, np.arange(len(rows)))) * y_scale
            if 26 < y <= above - LINE:
                above = y
                name = str(hz) if hz < 1000 else f"{hz / 1000:.1f}k"
                parts.append(f'<text x="40" y="{y + 4:.0f}" text-anchor="end">{name}</text>')
    parts.append('<text x="40" y="11" text-anchor="end">Hz</text>')
    start, seconds = result.recipe.start, result.recipe.duration
    for i in range(6):
        x = LEFT + (WIDTH - LEFT) * i / 5
        anchor = ("start", "middle", "middle", "middle", "middle", "end")[i]
        name = f"{round(start + seconds * i / 5, 1):g} s"
        parts.append(f'<text x="{x:.0f}" y="394" text-anchor="{anchor}">{name}</text>')
    parts.append(f'<line class="ax0" x1="{LEFT}" x2="{WIDTH}" y1="{floor}.5" y2="{floor}.5"/>')
    return parts


def _plain(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
