"""What notebooks show: everything inside, nothing executed, numbers as on the pages."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile as sf

from explain_engine import explain
from explain_engine.correlations import describe_correlations
from explain_engine.correlations_figure import correlations_svg
from explain_engine.errors import RecipeError
from explain_engine.html import show_explanation
from tests.explain_engine.test_explanation import make_recipe

pytestmark = pytest.mark.usefixtures("plugin")
VOID = {"meta", "br", "input"}


class Balance(HTMLParser):
    """Fails on a tag that closes what is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_markup(html: str) -> None:
    parser = Balance()
    parser.feed(html)
    assert parser.open == []
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


@pytest.fixture
def result(music):
    return explain(music, make_recipe(targets=("low", "high"), n_selected=3))


def test_explanation_holds_its_sounds_and_all_its_scores(result):
    html = result._repr_html_()

    check_markup(html)
    sources = re.findall(r'src="data:audio/flac;base64,([^"]+)"', html)
    assert len(sources) == 2 * 5
    heard, sr = sf.read(io.BytesIO(base64.b64decode(sources[1])), dtype="float32")
    kept = result.clips["kept"]
    assert sr == kept.sr
    np.testing.assert_allclose(heard, kept.y, atol=2**-15)
    for target in ("low", "high"):
        for score in result.all_scores[target]:
            assert score.title in html
    assert html.count('class="comp-for"') == 6


def test_explanation_of_many_targets_names_those_it_leaves_out(result):
    html = show_explanation(result, targets=["high"])

    assert "Explained as well, and written by save(): low." in html
    assert html.count("<audio") == 5
    with pytest.raises(RecipeError, match="got 'nothing'"):
        show_explanation(result, targets=["nothing"])


def test_saved_page_plays_the_files_beside_it(result, tmp_path):
    result.save(tmp_path, png=True)

    html = (tmp_path / "explanation.html").read_text(encoding="utf-8")
    check_markup(html)
    names = re.findall(r'<audio[^>]* src="([^"]+)"', html)
    assert set(names) == {path.name for path in tmp_path.glob("*.wav")}
    figures = {"spectrogram", "weights", "scores"}
    for ending in (".svg", "-light.png", "-dark.png"):
        found = {path.name for path in tmp_path.glob(f"*{ending}")}
        assert found == {
            f"{kind}_{target}{ending}" for kind in figures for target in ("low", "high")
        }


def test_correlations_name_twins_and_signs_that_part():
    rng = np.random.default_rng(0)
    a = rng.normal(size=110)
    X = np.column_stack((a, a + 0.3 * rng.normal(size=110), rng.normal(size=110)))
    report = describe_correlations(
        X,
        X @ [1.0, -0.2, 0.5] + 0.1 * rng.normal(size=110),
        rng=rng,
        names=["articulation", "rhythm_complexity", "<minorness>"],
        target_name="energy",
        n_resamples=200,
    )

    svg = correlations_svg(report)

    assert "travels with rhythm complexity" in svg
    assert svg.count("<title>r and weight point apart</title>") == 1
    assert svg.count('fill-opacity="') == 3
    assert "<minorness>" not in svg
    html = report._repr_html_()
    check_markup(html)
    assert html.count("<p>") == 3


def test_correlations_without_weights_say_why():
    X = np.random.default_rng(0).normal(size=(30, 2))
    X = np.column_stack((X, X.sum(axis=1)))
    report = describe_correlations(X, X[:, 0], rng=np.random.default_rng(0), n_resamples=100)

    html = report._repr_html_()

    check_markup(html)
    assert report.reason in html.replace("&#x27;", "'")
    assert ">–<" in html
