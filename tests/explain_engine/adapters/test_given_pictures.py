"""Given models whose own picture is perturbed, and the ways its clips are made."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explain_engine import Recipe, explain, load_model
from explain_engine.models import use_model_files
from tests.explain_engine.adapters.own_models import CODE, FRONT_END, Bands, write_model_file


@pytest.fixture(autouse=True)
def _bands(tmp_path):
    """A module that is linear in its z-scored picture, so that weights can be told by hand."""
    save_file(Bands().state_dict(), tmp_path / "w.safetensors")
    file = write_model_file(
        tmp_path, kind="torch", code=f"{CODE}:Bands", weights="w.safetensors",
        front_end=FRONT_END, axes=["channel", "frames", "bands"],
    )  # fmt: skip
    use_model_files([file])
    yield
    use_model_files([])


def make_recipe(**choices) -> Recipe:
    return Recipe(
        "own", ("calm",), duration=2.0, domain="spectrogram", segmenter="grid",
        segmenter_parameters={"n_times": 2, "n_bands": 4}, n_samples=64, n_selected=2,
        **choices,
    )  # fmt: skip


@pytest.mark.parametrize("explainer", ["occlusion", "integrated_gradients"])
def test_weights_are_what_cells_add_to_silence(music, explainer):
    result = explain(music, make_recipe(explainer=explainer), threads=1)

    front_end = load_model("own").front_end
    picture = front_end(torch.from_numpy(music.y[: 2 * music.sr])).numpy()
    low = np.array_split(np.arange(len(picture)), 2)[0]
    # "calm" is the mean of the lower half's cells; silence is -0.25 there, not 0.
    added = np.zeros(picture.shape)
    added[low] = (picture[low] + 0.25) / picture[low].size
    labels = result.labels
    expected = np.bincount(labels.ravel(), added.ravel(), minlength=labels.max() + 1)
    assert result.weights[0] == pytest.approx(expected, abs=1e-5)
    assert result.base["calm"] == pytest.approx(-0.25, abs=1e-6)


@pytest.mark.parametrize(
    ("method", "low_db", "high_db"),
    [("stft_mask", 100, 1000), ("pinv", 5, 40), ("nnls", 5, 40), ("griffin_lim", -5, 40)],
)
def test_clips_are_made_the_way_the_recipe_wants(music, method, low_db, high_db):
    result = explain(music, make_recipe(reconstruction=method, explainer="occlusion"), threads=1)

    y = music.y[: 2 * music.sr].astype(float)
    error = result.clip_records[0].raw - y
    snr_db = 20 * np.log10(np.linalg.norm(y) / max(np.linalg.norm(error), 1e-30))
    assert result.clip_records[0].kind == "original"
    assert low_db < snr_db < high_db
