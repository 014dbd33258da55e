"""All figures of an explanation by name, in files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from explain_engine.correlations_figure import correlations_svg
from explain_engine.drawing import THEMES, make_standalone, render_png
from explain_engine.effects_figure import excerpt_effects_svg
from explain_engine.figures import spectrogram_svg, weights_svg
from explain_engine.level1 import report_reference
from explain_engine.result import Explanation
from explain_engine.scores_figure import scores_svg

FIGURES = {"spectrogram": spectrogram_svg, "weights": weights_svg, "scores": scores_svg}


def draw_all(result: Explanation) -> Iterator[tuple[str, str]]:
    """Yield each figure's name, without an ending, and its SVG.

    Parameters
    ----------
    result : Explanation
        What to draw: components, weights and scores of each target; of targets that are linear in
        features also effects and how the features go together.
    """
    level1 = result.level1
    reports = {} if level1 is None else {r.target: r for r in report_reference(level1)}
    for number, target in enumerate(result.recipe.targets):
        slug = name_target(target, number)
        for kind, draw in FIGURES.items():
            yield f"{kind}_{slug}", draw(result, target)
        if level1 is not None and target in level1.emotions:
            yield f"effects_{slug}", excerpt_effects_svg(level1, target)
        if target in reports:
            yield f"correlations_{slug}", correlations_svg(reports[target])


def write_picture(path: Path, svg: str, *, png: bool = False) -> None:
    """Write a figure as SVG that follows light and dark, and on request as two PNG files.

    Parameters
    ----------
    path : Path
        Without an ending; ``.svg``, ``-light.png`` and ``-dark.png`` are added.
    svg : str
        The figure.
    png : bool
        Also as PNG.
    """
    write_file(path.with_name(f"{path.name}.svg"), make_standalone(svg).encode())
    for theme in THEMES if png else ():
        write_file(path.with_name(f"{path.name}-{theme}.png"), render_png(svg, theme=theme))


def write_file(path: Path, data: bytes) -> None:
    """Write under a temporary name, then rename: nobody reads half a file."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def name_target(target: str, number: int) -> str:
    """Return what names a target in file names; its number where the letters do not tell."""
    slug = re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-")
    return slug if slug == target.lower() else f"{slug or 'target'}-{number}"
