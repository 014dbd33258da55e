"""What all figures share: two themes, the frame, files that bring their style, PNG.

Figures are SVG text whose marks carry classes only, no style and no script, so that a page under
a strict content security policy can show them inline and colour them by its own style sheet.
:func:`make_standalone` adds a style for files, :func:`render_png` draws pixels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from explain_engine.errors import EngineError

THEMES = {
    "light": {
        "paper": "#fafaf8", "surface": "#ffffff", "ink": "#1b1e23", "graphite": "#4a5058",
        "pencil": "#646b73", "edge": "#7f858d", "line": "#d9dbd8", "blue": "#24489c",
        "blue-mid": "#768ec7", "blue-wash": "#e6ebf6", "red": "#ad2f22", "red-wash": "#f9e9e5",
        "ochre": "#7f5700", "ochre-wash": "#f8efd9",
        "spec-1": "#e3e5e6", "spec-2": "#c8cccf", "spec-3": "#a3a9af",
        "spec-4": "#767e86", "spec-5": "#474e56", "spec-6": "#1b1e23",
    },
    "dark": {
        "paper": "#15181c", "surface": "#1c2025", "ink": "#e9eae7", "graphite": "#b9bec4",
        "pencil": "#959ca4", "edge": "#7b838c", "line": "#343a41", "blue": "#94b4f4",
        "blue-mid": "#566fa6", "blue-wash": "#202c45", "red": "#f2968a", "red-wash": "#3d2320",
        "ochre": "#e0b25a", "ochre-wash": "#362c17",
        "spec-1": "#23282e", "spec-2": "#343b43", "spec-3": "#505963",
        "spec-4": "#7a848e", "spec-5": "#adb5bc", "spec-6": "#e9eae7",
    },
}  # fmt: skip

MARGIN = 12
# Selectors and declarations of all marks.
MARKS = (
    (
        "text",
        'fill: var(--pencil); font: 13px "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif',
    ),
    ("text.ink", "fill: var(--ink)"),
    ("text.strong", "fill: var(--ink); font-weight: 700"),
    ("text.ochre", "fill: var(--ochre)"),
    ("text.notch", "fill: var(--paper)"),
    ("text.small", "font-size: 11px"),
    *((f".s{i}", f"fill: var(--spec-{i})") for i in range(1, 7)),
    (".comp-for", "fill: var(--blue); fill-opacity: .16; stroke: var(--blue); stroke-width: 1.75"),
    (
        ".comp-against",
        "fill: none; stroke: var(--red); stroke-width: 1.75; stroke-dasharray: 5 3",
    ),
    (".tagbox", "fill: var(--surface); stroke: var(--blue)"),
    (".tagbox.against", "stroke: var(--red)"),
    (".ax", "stroke: var(--line)"),
    (".ax0", "stroke: var(--ink)"),
    (".notch", "fill: var(--paper)"),
    (".b-blue", "fill: var(--blue)"),
    (".b-red", "fill: var(--red)"),
    (".b-grey", "fill: var(--edge)"),
    (".b-ochre", "fill: var(--ochre)"),
    (".b-hollow", "fill: var(--surface); stroke: var(--edge)"),
)


def wrap_svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """Return a figure: `parts` in a frame with the sentence that is read aloud."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" '
        f'viewBox="0 0 {width:g} {height:g}" '
        f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def draw_text(
    x: float, y: float, text: str, *, anchor: str = "start", kind: str | None = None
) -> str:
    """Return a line of text; `kind` is a class: ink, strong, ochre."""
    mark = f' class="{kind}"' if kind else ""
    return f'<text{mark} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def make_standalone(svg: str, theme: str = "auto") -> str:
    """Return `svg` with a style of its own, for a file that no style sheet reaches.

    Parameters
    ----------
    svg : str
        A figure.
    theme : {"auto", "light", "dark"}
        ``"auto"`` follows whoever looks at it.

    Returns
    -------
    str
        SVG markup.

    Raises
    ------
    EngineError
        When there is no such theme.
    """
    head, rest = svg.split(">", 1)
    head = re.sub(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', _pad, head)
    return f"{head}><style>{make_style(theme)}</style>{rest}"


def write_marks(scope: str = "") -> str:
    """Return the marks' rules, colours as variables, each selector under `scope`."""
    return "\n".join(f"{scope}{selector} {{ {what}; }}" for selector, what in MARKS)


def make_style(theme: str = "auto") -> str:
    """Return the style of a file with colours written out, as renderers without variables need.

    Raises
    ------
    EngineError
        When there is no such theme.
    """
    rules = f"svg {{ background: var(--paper); }}\n{write_marks()}"
    if theme == "auto":
        dark = _write_out(rules, "dark")
        return f"{_write_out(rules, 'light')}@media (prefers-color-scheme: dark) {{{dark}}}"
    if theme not in THEMES:
        raise EngineError(f"A theme must be auto, {' or '.join(THEMES)}, got {theme!r}.")
    return _write_out(rules, theme)


def render_png(svg: str, *, theme: str = "light", zoom: float = 2.0) -> bytes:
    """Draw a figure as pixels.

    Parameters
    ----------
    svg : str
        A figure.
    theme : {"light", "dark"}
        Its colours.
    zoom : float
        Pixels a unit.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    EngineError
        When there is no such theme.
    """
    if theme not in THEMES:
        raise EngineError(f"A theme must be {' or '.join(THEMES)}, got {theme!r}.")
    # optional look: only who asks for pixels pays for it
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=make_standalone(svg, theme),
            background=THEMES[theme]["paper"],
            zoom=zoom,
            sans_serif_family="Liberation Sans",
        )
    )


def _pad(found: re.Match[str]) -> str:
    width, height = (float(size) + 2 * MARGIN for size in found.groups())
    return f'viewBox="-{MARGIN} -{MARGIN} {width:g} {height:g}"'


def _write_out(rules: str, theme: str) -> str:
    return re.sub(r"var\(--([\w-]+)\)", lambda found: THEMES[theme][found.group(1)], rules)
