"""From specifications to pictures, without a browser: SVG for the page, files to download."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from evalsite.results.charts import specs
from evalsite.results.charts.specs import Spec

SVG = "http://www.w3.org/2000/svg"
VEGA_LITE = "5.20"
FORMATS = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "json": "application/json",
}
# The light theme's colours, and the token that stands for each in both themes.
TOKENS: Mapping[str, str] = {
    specs.INK: "ink",
    specs.GRAPHITE: "graphite",
    specs.PENCIL: "pencil",
    specs.EDGE: "edge",
    specs.LINE: "line",
    specs.PAPER: "paper",
    specs.BLUE: "blue",
    specs.BLUE_MID: "blue-mid",
    specs.RED: "red",
    specs.RED_WASH: "red-wash",
}
DROPPED = ("role", "font-family", "pointer-events", "aria-label", "aria-roledescription")


def draw_inline(spec: Spec, *, css_class: str) -> str:
    """SVG that stands in the page: classes for colours, one sentence for screen readers."""
    ElementTree.register_namespace("", SVG)
    # Made by the renderer from our own specification: nobody else's XML.
    root = ElementTree.fromstring(_draw(spec))
    for element in root.iter():
        _dress(element)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("class", f"plot {css_class}")
    root.set("role", "img")
    root.set("aria-label", spec["description"])
    return ElementTree.tostring(root, encoding="unicode")


def render_file(spec: Spec, suffix: str) -> bytes:
    """The chart as a file, on white."""
    if suffix == "json":
        return json.dumps(spec, indent=2, ensure_ascii=False).encode("utf-8")
    import vl_convert

    on_white = {**spec, "background": "white", "padding": 12}
    if suffix == "svg":
        return str(vl_convert.vegalite_to_svg(on_white, vl_version=VEGA_LITE)).encode("utf-8")
    if suffix == "pdf":
        return bytes(vl_convert.vegalite_to_pdf(on_white, vl_version=VEGA_LITE))
    return bytes(vl_convert.vegalite_to_png(on_white, vl_version=VEGA_LITE, scale=3))


def _draw(spec: Spec) -> str:
    # Loaded when the first chart is drawn: it brings an engine of 80 MB.
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE))


def _dress(element: ElementTree.Element) -> None:
    classes = []
    for attribute in ("fill", "stroke"):
        token = TOKENS.get(element.get(attribute, ""))
        if token is not None:
            classes.append(f"{attribute}-{token}")
            del element.attrib[attribute]
    for name in DROPPED:
        element.attrib.pop(name, None)
    element.attrib.pop("class", None)
    if classes:
        element.set("class", " ".join(classes))


def list_unknown_colours(svg: str) -> set[str]:
    """Colours left in a drawing that no theme can change."""
    found: set[Any] = set()
    for element in ElementTree.fromstring(svg).iter():
        found |= {element.get("fill"), element.get("stroke")}
    return {str(colour) for colour in found - {None, "none", "transparent"}}
