"""Every segmenter with every explainer, once, on two seconds."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile as sf

from explain_engine import Recipe, explain
from explain_engine.errors import RecipeError
from explain_engine.recipe import EXPLAINERS, SEGMENTERS
from tests.explain_engine.conftest import make_music

pytestmark = pytest.mark.usefixtures("plugin")

SEGMENTER_PARAMETERS = {
    "beats": {"max_components": 8},
    "felzenszwalb": {"n_components": 8},
    "grid": {"n_times": 4, "n_bands": 2},
    "nmf": {"n_components": 3},
    "slic": {"n_components": 8, "compactness": 1.0},
    "time": {"n_components": 6},
    "frequency": {"n_components": 6},
}


def finds_sources(segmenter: str) -> bool:
    return getattr(SEGMENTERS.get(segmenter), "finds_sources", False)


@pytest.fixture(scope="session")
def stem(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("stems") / "half.wav"
    sf.write(path, 0.5 * make_music(), 8_000, subtype="FLOAT")
    return str(path)


@pytest.mark.parametrize("explainer", EXPLAINERS.names())
@pytest.mark.parametrize("segmenter", SEGMENTERS.names())
def test_every_segmenter_works_with_every_explainer(music, stem, segmenter, explainer):
    parameters = {"files": [stem]} if segmenter == "stems" else {}
    recipe = Recipe(
        model="sines",
        targets=("low", "high"),
        duration=2.0,
        n_samples=24,
        n_selected=3,
        n_fft=1024,
        hop_length=256,
        segmenter=segmenter,
        segmenter_parameters=SEGMENTER_PARAMETERS.get(segmenter, parameters),
        explainer=explainer,
        seed=1,
    )

    result = explain(music, recipe, threads=1)

    assert Recipe.from_json(recipe.to_json()) == recipe
    assert result.weights.shape == (2, result.components.n)
    assert np.isfinite(result.weights).all()
    assert set(result.clips) == {"original", "kept", "removed", "control_area", "control_energy"}
    for target in recipe.targets:
        assert 1 <= len(result.selected[target]) < result.components.n
        assert result.verdicts[target].endswith(".")


# What each can do in the model's own picture is the same for all: a cheap subset stands for it.
@pytest.mark.parametrize(
    ("segmenter", "explainer"),
    [(name, "lime") for name in SEGMENTERS.names() if not finds_sources(name)]
    + [("grid", name) for name in EXPLAINERS.names() if name not in ("lime", "shapley")],
)
def test_every_segmenter_and_explainer_works_on_the_models_picture(music, segmenter, explainer):
    recipe = Recipe(
        model="tiles",
        targets=("low", "high"),
        duration=2.0,
        domain="spectrogram",
        n_samples=24,
        n_selected=3,
        segmenter=segmenter,
        segmenter_parameters=SEGMENTER_PARAMETERS.get(segmenter, {}),
        explainer=explainer,
        seed=1,
    )

    result = explain(music, recipe, threads=1)

    assert result.labels.shape == result.analysis.picture.shape
    assert np.isfinite(result.weights).all()
    assert set(result.clips) == {"original", "kept", "removed", "control_area", "control_energy"}


@pytest.mark.parametrize("segmenter", [name for name in SEGMENTERS.names() if finds_sources(name)])
def test_what_finds_sources_refuses_the_models_picture(segmenter):
    with pytest.raises(RecipeError, match=f"{segmenter} finds sources: choose domain audio"):
        Recipe(model="tiles", targets=("low",), domain="spectrogram", segmenter=segmenter)
