from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from explain_engine import explain
from explain_engine.drawing import THEMES, make_standalone, render_png
from explain_engine.errors import EngineError
from explain_engine.figures import spectrogram_svg, trace_outline, weights_svg
from explain_engine.scores_figure import scores_svg
from tests.explain_engine.test_explanation import make_recipe

pytestmark = pytest.mark.usefixtures("plugin")

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def result(music):
    return explain(music, make_recipe(targets=("low minus high",), n_selected=3))


def test_spectrogram_has_ink_outlines_numbers_and_axes(result):
    root = ET.fromstring(spectrogram_svg(result, "low minus high"))

    classes = [element.get("class") for element in root.iter() if element.get("class")]
    assert [name for name in classes if name in {f"s{i}" for i in range(1, 7)}] == [
        "s1", "s2", "s3", "s4", "s5", "s6",
    ]  # fmt: skip
    assert classes.count("comp-for") == len(result.selected["low minus high"]) == 3
    assert 1 <= classes.count("comp-against") <= 3
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"1", "2", "3", "a", "Hz", "0 s", "2 s", "220", "1.8k"} <= set(texts)


@pytest.mark.parametrize("draw", [spectrogram_svg, weights_svg, scores_svg])
def test_figures_obey_a_strict_content_security_policy(result, draw):
    svg = draw(result, "low minus high")

    for banned in ("style", "<script", "onload", "href"):
        assert banned not in svg
    assert len(svg) < 150_000


@pytest.mark.parametrize("theme", ["auto", *THEMES])
def test_standalone_figures_bring_their_style(result, theme):
    root = ET.fromstring(make_standalone(weights_svg(result, "low minus high"), theme))

    assert root[0].tag == f"{SVG}style"
    colours = THEMES["light" if theme == "auto" else theme]
    assert f".b-blue {{ fill: {colours['blue']}; }}" in root[0].text
    assert "var(" not in root[0].text


def test_pixels_are_of_the_theme(result):
    svg = weights_svg(result, "low minus high")
    found = {}
    for theme in THEMES:
        picture = Image.open(io.BytesIO(render_png(svg, theme=theme, zoom=1))).convert("RGB")
        assert picture.size == (384 + 24, 210 + 24)
        found[theme] = f"#{bytes(picture.getpixel((1, 1))).hex()}"

    assert found == {theme: colours["paper"] for theme, colours in THEMES.items()}


@pytest.mark.parametrize("draw", [make_standalone, lambda svg, t: render_png(svg, theme=t)])
def test_unknown_theme_is_a_sentence(draw):
    with pytest.raises(EngineError, match=r"A theme must be .*light or dark, got 'pink'"):
        draw("<svg></svg>", "pink")


def test_scores_are_drawn_with_caveats_and_warnings(result):
    root = ET.fromstring(scores_svg(result, "low minus high"))

    texts = [element.text for element in root.iter(f"{SVG}text")]
    scores = result.scores_for("low minus high").values()
    assert {score.title for score in scores} <= set(texts)
    said = " ".join(texts)
    assert all(word in said for score in scores for word in score.caveat.split())
    weak = [path for path in root.iter(f"{SVG}path") if path.get("class") == "b-ochre"]
    assert len(weak) == sum(score.is_weak for score in scores)


def test_weights_are_sorted_and_the_chosen_coloured(result):
    root = ET.fromstring(weights_svg(result, "low minus high"))

    bars = root.findall(f"{SVG}rect")
    assert len(bars) == result.components.n
    assert [bar.get("class") for bar in bars[:3]] == ["b-blue"] * 3
    assert {bar.get("class") for bar in bars[3:]} == {"b-grey"}


def test_names_of_targets_are_escaped(result):
    object.__setattr__(result.recipe, "targets", ("<b>",))
    object.__setattr__(result, "selected", {"<b>": result.selected["low minus high"]})

    assert "<b>" not in spectrogram_svg(result, "<b>")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["1"], "M0 1L1 1L1 0L0 0z"),
        (["11", "11"], "M0 2L2 2L2 0L0 0z"),
    ],
)
def test_outline_of_a_rectangle_has_four_corners(rows, expected):
    region = np.array([[cell == "1" for cell in row] for row in rows])

    assert trace_outline(region) == expected


def test_outline_goes_round_holes_and_parts():
    region = np.ones((5, 5), bool)
    region[2, 2] = False

    assert trace_outline(region).count("M") == 2
    assert trace_outline(np.eye(3, dtype=bool)).count("z") >= 1


def test_outline_encloses_exactly_the_region():
    region = np.random.default_rng(0).random((12, 17)) < 0.5
    area = 0.0
    for loop in trace_outline(region).strip("Mz").split("zM"):
        x, y = np.array([[float(v) for v in p.split()] for p in loop.split("L")]).T
        area += 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))

    assert abs(area) == region.sum()
