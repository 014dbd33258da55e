from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from explain_engine import Recipe, explain
from explain_engine.effects import Effects, compute_effects
from explain_engine.level1 import box_effects, describe_level1, report_reference
from explain_engine.manifest import build_manifest
from explain_engine.models.base import LinearHead

# Two features, one emotion: 2 a - b + 1.
HEAD = LinearHead(("a", "b"), ("joy",), np.array([[2.0], [-1.0]]), np.array([1.0]))
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "manifest.schema.json").read_text(encoding="utf-8")
)


def make_effects(reference: np.ndarray | None) -> Effects:
    effects = compute_effects(np.array([0.5, 3.0]), HEAD)
    return Effects(**{**vars(effects), "reference": reference})


def test_boxes_are_of_the_reference_and_mark_the_excerpt():
    boxes = box_effects(make_effects(np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 6.0]])))

    assert [(box.median, box.marked, box.n) for box in boxes] == [(2.0, 1.0, 3), (-2.0, -3.0, 3)]


def test_twins_and_signs_that_part_are_told():
    a = np.random.default_rng(0).normal(size=200)
    b = a + 0.1 * np.random.default_rng(1).normal(size=200)

    rows = describe_level1(make_effects(np.column_stack((a, b))))["reference"]["correlations"][
        "joy"
    ]

    assert [row["twins"] for row in rows] == [["b"], ["a"]]
    assert {"twins", "vif"} <= set(rows[0]["warnings"])
    # b has a negative weight, and in the music at hand joy goes up with it.
    assert "sign" in rows[1]["warnings"]
    assert rows[1]["r"] > 0
    assert sum(row["share"] for row in rows) == pytest.approx(1.0)


@pytest.mark.parametrize("reference", [None, np.ones((5, 2)), np.eye(2)])
def test_nothing_is_correlated_that_never_varies(reference):
    assert report_reference(make_effects(reference)) == []


@pytest.mark.usefixtures("plugin")
def test_manifest_holds_level_1_of_a_model_with_a_linear_head(music):
    recipe = Recipe(
        model="a2mid2e",
        targets=("valence",),
        duration=2.0,
        n_samples=16,
        segmenter="time",
        segmenter_parameters={"n_components": 4},
        n_selected=2,
        controls=(),
    )

    result = explain(music, recipe)

    manifest = build_manifest(result)
    jsonschema.validate(manifest, SCHEMA)
    level1 = manifest["level1"]
    column = level1["emotions"].index("valence")
    effects = np.array(level1["weights"])[:, column] * np.array(level1["values"])
    np.testing.assert_allclose(np.array(manifest["effects"])[:, column], effects)
    total = effects.sum() + level1["intercepts"][column]
    assert total == pytest.approx(manifest["prediction"]["valence"], abs=1e-6)
    assert level1["reference"]["n"] == 300
    assert len(level1["reference"]["boxes"]) == 7 * 8
    assert set(level1["reference"]["correlations"]) == set(level1["emotions"])
