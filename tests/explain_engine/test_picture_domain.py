from __future__ import annotations

import numpy as np
import pytest
import torch

from explain_engine import Audio, Explanation, Recipe, explain, load_model
from explain_engine.analysis import PictureAnalysis, analyse_picture
from explain_engine.errors import RecipeError
from explain_engine.fills import make_fill
from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.front_ends.scaled import Scaled
from explain_engine.manifest import build_manifest
from explain_engine.recipe import CONTROL_KINDS, SEGMENTERS
from tests.explain_engine.conftest import make_music

pytestmark = pytest.mark.usefixtures("plugin")

QUICK = {
    "model": "tiles",
    "targets": ("low", "high"),
    "domain": "spectrogram",
    "duration": 2.0,
    "n_samples": 40,
    "n_selected": 3,
    "segmenter": "grid",
    "segmenter_parameters": {"n_times": 4, "n_bands": 3},
    "explainer_parameters": {"alpha": 0.0},
}


def make_recipe(**changes) -> Recipe:
    return Recipe(**{**QUICK, **changes})


def run(audio: Audio, recipe: Recipe, **options) -> Explanation:
    return explain(audio, recipe, threads=1, **options)


def find_clip(result, kind: str, target: str = "low"):
    return next(c for c in result.clip_records if c.kind == kind and c.target in (None, target))


@pytest.mark.parametrize(
    ("model", "fill"),
    [
        ("tiles", "silence"),
        ("tiles", "minimum"),
        ("scaled_tiles", "mean"),
        ("scaled_tiles", "noise"),
    ],
)
def test_picture_linear_in_its_cells_is_explained_exactly(music, model, fill):
    result = run(music, make_recipe(model=model, fill=fill))

    picture = load_model(model).front_end(torch.from_numpy(result.analysis.y)).numpy()
    assert np.array_equal(result.analysis.picture, picture)
    lost = result.analysis.picture.astype(float) - result.components.fill
    middle = len(picture) // 2
    for row, half in zip(result.weights, (slice(0, middle), slice(middle, None)), strict=True):
        expected = [
            lost[half][result.labels[half] == i].sum() / lost[half].size
            for i in range(result.components.n)
        ]
        assert row == pytest.approx(expected, abs=1e-6)
    assert result.attribution.intercepts == pytest.approx(list(result.base.values()), abs=1e-6)
    assert result.scores["held_out_r2"].value == pytest.approx(1)


def test_silence_of_z_scores_is_not_zero(music):
    plain = run(music, make_recipe())
    scaled = run(music, make_recipe(model="scaled_tiles"))

    assert plain.components.fill == pytest.approx(0)
    assert scaled.components.fill == pytest.approx(-0.4)
    assert scaled.weights == pytest.approx(plain.weights / 0.5, abs=1e-6)
    assert scaled.analysis.brightness == pytest.approx(plain.analysis.brightness, abs=1e-6)
    for one, other in zip(scaled.clip_records, plain.clip_records, strict=True):
        assert one.raw == pytest.approx(other.raw, abs=1e-6)


@pytest.fixture(scope="module")
def pictured() -> PictureAnalysis:
    front_end = LogFilteredSpectrogram(sr=8_000, frame_size=1024, fmax=4_000.0)
    return analyse_picture(make_music(), Scaled(front_end, 0.2, 0.05))


def test_mean_and_minimum_are_the_pictures_own(pictured):
    for kind, value in (("mean", pictured.picture.mean()), ("minimum", pictured.picture.min())):
        assert make_fill(kind, pictured, 0) == pytest.approx(value)


def test_noise_has_the_pictures_spread_and_the_recipes_seed(pictured):
    first, again, other = (make_fill("noise", pictured, seed) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.std() == pytest.approx(pictured.picture.std(), rel=0.3)
    assert first.min() == pytest.approx(-4.0)  # nothing is softer than silence


@pytest.mark.parametrize("fill", ["silence", "mean", "noise"])
def test_kept_and_removed_add_up_to_the_original_and_the_fills_sound(music, fill):
    result = run(music, make_recipe(fill=fill))
    original = find_clip(result, "original").raw

    filler = result.components.render_fill(result.components.fill)

    assert original == pytest.approx(result.analysis.y, abs=1e-6)
    total = find_clip(result, "kept").raw + find_clip(result, "removed").raw
    assert total == pytest.approx(original + filler, abs=1e-5)
    assert (np.abs(filler).max() > 1e-3) == (fill in ("mean", "noise"))


def test_fill_sounds_as_loud_as_it_looks(music):
    result = run(music, make_recipe(fill="mean"))
    front_end = result.analysis.front_end

    heard = front_end(torch.from_numpy(result.components.render_fill(result.components.fill)))

    wanted = front_end.to_magnitude(result.components.fill).mean()
    assert front_end.to_magnitude(heard.numpy()).mean() == pytest.approx(wanted, rel=0.3)


def test_scored_is_the_models_answer_to_its_masked_picture(music):
    result = run(music, make_recipe(fill="mean"))
    kept, components = find_clip(result, "kept"), result.components
    model = load_model("tiles")

    on = np.isin(components.labels, kept.components)
    picture = np.where(on, result.analysis.picture, components.fill)
    scored = model.predict_pictures(picture[None])[0]

    assert list(kept.output_scored.values()) == pytest.approx(scored, abs=1e-6)
    heard = model.predict(np.stack([kept.raw, kept.audio.y]))
    assert list(kept.gap_before.values()) == pytest.approx(heard[0] - scored, abs=1e-6)
    assert list(kept.gap_after.values()) == pytest.approx(heard[1] - scored, abs=1e-6)
    assert result.scores["listening_gap_before"].value == abs(kept.gap_before["low"])
    assert result.scores["listening_gap"].value == abs(kept.gap_after["low"])
    assert abs(kept.gap_before["low"]) > 1e-4
    original = find_clip(result, "original")
    assert original.gap_before["low"] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("model", ["tiles", "a2mid2e"])
def test_in_the_audio_domain_what_is_heard_is_what_was_scored(model):
    targets = {"a2mid2e": ("valence",)}.get(model, ("low", "high"))
    recipe = make_recipe(
        model=model, targets=targets, domain="audio", controls=CONTROL_KINDS[:5], n_samples=16
    )

    result = run(Audio(make_music(), 8_000), recipe)

    for clip in result.clip_records:
        assert max(abs(gap) for gap in clip.gap_before.values()) <= 1e-5
    assert result.scores["listening_gap_before"].value <= 1e-5


@pytest.mark.parametrize("domain", ["audio", "spectrogram"])
def test_emotions_weight_is_the_sum_over_the_features(domain):
    model = load_model("a2mid2e")
    head = model.linear_head
    recipe = make_recipe(
        model="a2mid2e",
        targets=head.emotions + head.features,
        domain=domain,
        n_samples=24,
        controls=(),
        segmenter="slic",
        segmenter_parameters={"n_components": 20},
        explainer_parameters={},
    )
    noise = np.random.default_rng(0).normal(0, 0.02, 24_000)

    result = run(Audio(make_music() + noise, 8_000), recipe)

    emotions, features = np.split(result.weights, [len(head.emotions)])
    assert np.abs(emotions).max() > 1e-3
    assert emotions == pytest.approx(head.weights.T @ features, abs=1e-6)


@pytest.mark.parametrize("fill", ["silence", "noise"])
def test_every_control_is_made_in_the_spectrogram_domain(music, fill):
    recipe = make_recipe(controls=CONTROL_KINDS, fill=fill, n_samples=30)

    result = run(music, recipe, other=Audio(make_music(seed=5)[::-1], 8_000))

    clips = {c["kind"]: c for c in build_manifest(result)["clips"] if c["target"] == "low"}
    told = {kind: (c["fill"], c["phase_source"]) for kind, c in clips.items()}
    everything = dict.fromkeys(("kept", "removed", *CONTROL_KINDS), (fill, "original"))
    shown = "mean" if fill == "silence" else fill
    assert told == {
        **everything,
        "control_phase_only": (shown, "original"),
        "control_random_phase": (fill, "random"),
        "control_other_recording": (fill, "other"),
    }
    kept, shuffled = find_clip(result, "kept"), find_clip(result, "control_random_phase")
    assert shuffled.output_scored == pytest.approx(kept.output_scored)
    assert shuffled.gap_before["low"] != pytest.approx(kept.gap_before["low"], abs=1e-4)
    phase_only = result.components.render_fill(result.components.fill)
    if fill == "noise":
        assert find_clip(result, "control_phase_only").raw == pytest.approx(phase_only)
        assert find_clip(result, "control_phase_only").output_scored == pytest.approx(result.base)


@pytest.mark.parametrize("method", ["pinv", "griffin_lim"])
def test_clips_are_made_by_the_method_asked_for(music, method):
    usual, other = (
        run(music, make_recipe(n_samples=16, controls=(), reconstruction=reconstruction))
        for reconstruction in ("stft_mask", method)
    )

    assert np.array_equal(usual.weights, other.weights)
    assert find_clip(other, "kept").output_scored == find_clip(usual, "kept").output_scored
    difference = find_clip(other, "kept").raw - find_clip(usual, "kept").raw
    assert np.linalg.norm(difference) > 0.005 * np.linalg.norm(find_clip(usual, "kept").raw)
    phase = "estimated" if method == "griffin_lim" else "original"
    assert {clip.phase_source for clip in other.clip_records} == {phase}


def test_gradients_flow_through_the_picture(music):
    recipe = make_recipe(explainer="integrated_gradients", explainer_parameters={"n_steps": 8})

    exact = run(music, make_recipe())

    assert run(music, recipe).weights == pytest.approx(exact.weights, abs=1e-5)


def test_model_without_a_front_end_refuses_the_spectrogram_domain(music):
    with pytest.raises(RecipeError, match="needs a model that declares its front end, sines does"):
        run(music, make_recipe(model="sines"))


def test_default_and_papers_components_on_the_models_own_picture():
    analysis = analyse_picture(make_music(10.0, 22_050), load_model("a2mid2e").front_end)

    default, papers = (
        SEGMENTERS.make("felzenszwalb", {"min_size": size})(analysis) for size in (0, 40)
    )

    assert papers.shape == (149, 313)
    assert 30 <= default.max() + 1 <= 50
    assert papers.max() + 1 > 100
