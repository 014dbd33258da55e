"""Both levels on one page: effects that add up, where each feature was heard, what is entangled."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.clips.level1 import format_tick, show_correlations, show_level1, show_through
from evalsite.clips.models import Explanation
from explain_engine.networks.names import FEATURES

pytestmark = pytest.mark.django_db


def read(client: Client, explanation: Explanation, query: str = "") -> str:
    response = client.get(reverse("explanation", args=[explanation.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def to_number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_page_holds_both_levels(signed_in: Client, levels: Explanation) -> None:
    page = read(signed_in, levels)
    assert "1. What valence was built from" in page
    assert "2. Where it listened for valence" in page
    assert "Both levels at once" in page
    assert page.index("1. What") < page.index("2. Where") < page.index("Can you trust it?")
    for feature in FEATURES:
        assert f'href="?emotion=valence&amp;target={feature}#listened"' in page or (
            f'href="?emotion=valence&target={feature}#listened"' in page
        )
    assert "style=" not in page
    assert "Forward passes" in page


def test_effects_and_constant_are_the_prediction(levels: Explanation) -> None:
    shown = show_level1(levels, "valence", "valence")
    total = sum(to_number(row["effect"]) for row in shown["rows"]) + to_number(shown["intercept"])
    assert total == pytest.approx(levels.manifest["prediction"]["valence"], abs=0.05)
    assert [row["is_strong"] for row in shown["rows"]] == [True] * 2 + [False] * 5
    centred = [abs(to_number(row["centred"])) for row in shown["rows"]]
    assert centred == sorted(centred, reverse=True)
    for row in shown["rows"]:
        box = row["box"]
        ends = [box[n] for n in ("low_whisker", "low_quartile", "median", "high_quartile")]
        assert ends == sorted(ends)
        assert 0 <= box["low_whisker"] <= box["high_whisker"] <= 1000


def test_a_feature_keeps_the_emotion_it_belongs_to(signed_in: Client, levels: Explanation) -> None:
    page = read(signed_in, levels, "?target=minorness&emotion=tension")
    assert "1. What tension was built from" in page
    assert "2. Where it listened for minorness" in page
    assert re.search(r"Why did the model hear <em[^>]*>minorness</em>\?", page)
    sources = re.findall(r'data-src="([^"]+)"', page)
    assert len(sources) == 4


@pytest.mark.parametrize("query", ["?emotion=awe", "?emotion=minorness", "?target=tension"])
def test_what_was_not_explained_is_not_found(
    signed_in: Client, levels: Explanation, query: str
) -> None:
    assert signed_in.get(reverse("explanation", args=[levels.pk]) + query).status_code == 404


def test_model_without_features_has_one_level(signed_in: Client, done: Explanation) -> None:
    page = read(signed_in, done)
    assert "was built from" not in page
    assert "Both levels" not in page
    url = reverse("explanation", args=[done.pk])
    assert signed_in.get(f"{url}?emotion=valence").status_code == 404
    assert signed_in.post(reverse("deepen_explanation", args=[done.pk])).status_code == 404


def test_through_the_features_is_the_whole_weight(levels: Explanation) -> None:
    through = show_through(levels, "valence")
    assert through is not None
    selected = levels.manifest["targets"]["valence"]["selected"]
    assert len(through["rows"]) == len(selected)
    for row, component in zip(through["rows"], selected, strict=True):
        weight = levels.manifest["targets"]["valence"]["weights"][component]
        assert sum(to_number(part["text"]) for part in row["parts"]) == pytest.approx(
            weight, abs=7 * 0.0005
        )
        assert to_number(row["total"]) == pytest.approx(weight, abs=0.0005)
    assert show_through(levels, "tension") is None


def test_sums_that_do_not_come_out_are_not_shown(levels: Explanation) -> None:
    levels.manifest["targets"]["valence"]["weights"] = [1.0] * levels.manifest["n_components"]
    assert show_through(levels, "valence") is None


def test_features_are_explained_on_request(signed_in: Client, levels: Explanation) -> None:
    levels.recipe["targets"], levels.recipe_digest = ["valence"], "0" * 64
    levels.manifest["targets"] = {"valence": levels.manifest["targets"]["valence"]}
    levels.save()
    page = read(signed_in, levels)
    assert "Explain its features too" in page
    response = signed_in.post(reverse("deepen_explanation", args=[levels.pk]))
    again = Explanation.objects.exclude(pk=levels.pk).get()
    assert response.url == reverse("explanation", args=[again.pk])
    assert again.recipe["targets"] == ["valence", *FEATURES]


@pytest.mark.parametrize(
    ("change", "badge", "sentence"),
    [
        (
            {"twins": ["dissonance"], "warnings": ["twins"]},
            "entangled with dissonance",
            "Minorness travels together with dissonance",
        ),
        ({"vif": 7.25, "warnings": ["vif"]}, "entangled", "(VIF 7.2)"),
        ({"r": 0.4, "warnings": ["sign"]}, "signs part", "valence goes up with minorness (r .40)"),
        ({"warnings": ["unstable"]}, "sign not stable", "changes from draw to draw"),
    ],
)
def test_entangled_feature_has_its_badge_and_caveat(
    signed_in: Client, levels: Explanation, change: dict, badge: str, sentence: str
) -> None:
    rows = levels.manifest["level1"]["reference"]["correlations"]["valence"]
    rows[FEATURES.index("minorness")] |= change
    levels.save()
    shown = show_correlations(levels.manifest["level1"], "valence")
    assert shown is not None
    assert shown["rows"][-1]["badge"] == badge
    assert any(sentence in caveat for caveat in shown["caveats"])
    page = read(signed_in, levels)
    assert f"</svg>{badge}</span>" in page


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (0.1, "+0.1"), (-0.05, "−0.05")])
def test_tick(value: float, text: str) -> None:
    assert format_tick(value) == text
