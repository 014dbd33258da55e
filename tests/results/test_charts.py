"""Charts are declared once, drawn for the page without script, and can be taken along."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from django.urls import reverse

from evalsite.results.by_worker import compute_models
from evalsite.results.charts.render import draw_inline, list_unknown_colours, render_file
from evalsite.results.charts.specs import NARROW, WIDE
from evalsite.results.findings import find_block, findings_of
from evalsite.results.gallery import list_charts, make_spec
from evalsite.results.models import Analysis
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
LEVEL = {"practice": 2, "original": 5, "kept": 4, "control_area": 3}
NAMES = ["agreement", "difference", "answers-melodiousness", "answers-minorness", "variance"]


@pytest.fixture
def study():
    study = factories.make_open_study(title="A <b> & “c”")
    rng = np.random.default_rng(2)
    for _ in range(5):
        factories.make_sitting(study, lambda r, c, q: LEVEL[c] + int(rng.integers(-1, 3)))
    return study


@pytest.fixture
def found(study):
    study = close_study(study=study)
    return {**find_block(findings_of(study)), "models": compute_models(study)["blocks"][0]}


def test_a_closed_study_has_every_chart_a_blind_one_agreement_only(study, found):
    assert list_charts(found) == NAMES
    assert list_charts({**found, "is_blind": True}) == ["agreement"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_drawings_have_colours_of_the_theme_a_sentence_and_no_style(found, width):
    for name in NAMES:
        spec = make_spec(found, name, width=width)
        svg = draw_inline(spec, css_class="wideplot")
        assert list_unknown_colours(svg) == set(), name
        assert re.match(r'<svg [^>]*class="plot wideplot" role="img" aria-label="[^"]+"', svg)
        assert not re.search(r"\bstyle=|<script|\bid=|href", svg)
        shown = float(re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+)', svg)[1])
        assert shown == pytest.approx(width, abs=30), name


def test_counts_of_the_answers_are_written_on_their_bars(found):
    quality = found["qualities"][0]
    spec = make_spec(found, "answers-melodiousness")
    svg = draw_inline(spec, css_class="")
    texts = re.findall(r">([^<>]+)</text>", svg)
    for condition in quality["conditions"]:
        assert ", ".join(map(str, condition["counts"])) in spec["description"]
        assert f"n {sum(condition['counts'])}" in texts
    counts = [count for condition in quality["conditions"] for count in condition["counts"]]
    assert sorted(t for t in texts if t.isdigit()) == sorted(
        [*map(str, counts), *(str(k) for k in range(1, 8))]
    )


@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("json", b"{")]
)
def test_a_chart_can_be_taken_along(client, study, found, suffix, start):
    client.force_login(study.owner)
    url = reverse("study_chart", args=[study.slug, "difference", suffix])
    answer = client.get(url)
    assert answer.status_code == 200 and answer.content.startswith(start)
    assert (
        answer["Content-Disposition"] == f'attachment; filename="{study.slug}-difference.{suffix}"'
    )
    if suffix == "json":
        (values,) = [json.loads(answer.content)["data"]["values"]]
        assert [row["low"] for row in values] == [q["contrast"]["low"] for q in found["qualities"]]


def test_a_running_study_gives_no_chart_of_its_conditions(client, study):
    client.force_login(study.owner)
    for name in NAMES:
        url = reverse("study_chart", args=[study.slug, name, "svg"])
        assert client.get(url).status_code == (200 if name == "agreement" else 404)


def test_a_chart_is_drawn_once_for_a_state_of_the_data(client, study, found):
    client.force_login(study.owner)
    url = reverse("study_results", args=[study.slug])
    first = client.get(url).content
    row = Analysis.objects.get(study=study, kind="chart 0 answers-melodiousness")
    assert row.value["narrow"].encode() in first
    row.value = {**row.value, "narrow": "<svg>kept</svg>"}
    row.save()
    assert b"<svg>kept</svg>" in client.get(url).content


def test_names_with_markup_stay_text(found):
    quality = {**found["qualities"][0], "label": "<script>x</script>"}
    spec = make_spec({**found, "qualities": [quality]}, "difference")
    svg = draw_inline(spec, css_class="")
    assert "<script" not in svg and "&lt;script&gt;" in svg
    assert b"<script" not in render_file(spec, "svg")
