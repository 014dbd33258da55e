from __future__ import annotations

import numpy as np
import pytest
import torch

from explain_engine import Audio, explain
from explain_engine.components import Patches
from explain_engine.control_clips import Scene, make_control
from explain_engine.errors import ComponentError, EngineError, RecipeError
from explain_engine.manifest import build_manifest
from explain_engine.recipe import CONTROL_KINDS, SEGMENTERS
from explain_engine.sources import cut_components
from tests.explain_engine.conftest import make_music
from tests.explain_engine.test_explanation import make_recipe

KEPT = {"low": (0, 1, 2, 9), "high": (9, 20, 21)}


@pytest.fixture(scope="module")
def components(analysis) -> Patches:
    return Patches(analysis, SEGMENTERS.make("grid")(analysis))


@pytest.fixture
def scene(components) -> Scene:
    kept = {target: np.isin(np.arange(components.n), chosen) for target, chosen in KEPT.items()}
    return Scene(components, "low", kept, np.random.default_rng(0))


def measure(scene: Scene, sound: np.ndarray) -> torch.Tensor:
    """The STFT away from the ends, where frames overlap the silence outside."""
    return scene.components.analysis.stft.forward(torch.from_numpy(sound))[:, 8:-8]


def test_whole_holds_every_component(scene):
    control = make_control("control_whole", scene)

    assert control.mask.all()
    assert (control.fill, control.phase_source, control.sound) == (None, None, None)


def test_phase_only_is_flat_and_keeps_the_originals_phase(scene):
    control = make_control("control_phase_only", scene)

    assert not control.mask.any()
    assert (control.fill, control.phase_source) == ("mean", None)
    original = scene.components.analysis.spectrum[:, 8:-8]
    made = measure(scene, control.sound)
    # Resynthesis blends neighbouring frames, so the phase comes near, no more.
    agreement = (made * original.conj()).real / (made.abs() * original.abs() + 1e-9)
    assert agreement.mean() > 0.8
    flat, peaked = (float((s.abs() / s.abs().mean()).std()) for s in (made, original))
    assert flat < 0.2 * peaked


def test_random_phase_keeps_kepts_magnitude_and_nothing_of_its_phase(scene):
    control = make_control("control_random_phase", scene)

    assert np.array_equal(control.mask, scene.own)
    assert (control.fill, control.phase_source) == (None, "random")
    kept = scene.components.resynthesise(scene.own[None])[0]
    spectra = [np.abs(np.fft.rfft(y))[:12_000].reshape(40, -1) for y in (control.sound, kept)]
    levels = [np.log(np.sum(spectrum**2, axis=1) + 1e-9) for spectrum in spectra]
    assert np.corrcoef(*levels)[0, 1] > 0.9
    assert abs(np.corrcoef(control.sound, kept)[0, 1]) < 0.5


def test_random_phase_keeps_to_its_seed(components, scene):
    first, again, other = (
        make_control(
            "control_random_phase",
            Scene(components, "low", scene.kept, np.random.default_rng(seed)),
        ).sound
        for seed in (1, 1, 2)
    )

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_other_target_is_what_the_next_target_kept(scene):
    control = make_control("control_other_target", scene)

    assert np.array_equal(control.mask, scene.kept["high"])
    area = scene.components.area_shares
    expected = area[scene.kept["high"]].sum() / area[scene.own].sum() - 1
    assert (control.difference, control.unit) == (pytest.approx(expected), "share")
    assert control.is_within_tolerance is None


def test_other_recording_is_cut_with_kepts_patches(components, scene):
    other = make_music(seed=3)[::-1].copy()
    scene = Scene(components, "low", scene.kept, scene.rng, other=other)

    control = make_control("control_other_recording", scene)

    assert control.phase_source == "other"
    own = components.resynthesise(scene.own[None])[0]
    assert abs(np.corrcoef(control.sound, own)[0, 1]) < 0.5
    whole = {"low": np.ones(components.n, dtype=bool)}
    everything = Scene(components, "low", whole, scene.rng, other=other)
    assert make_control("control_other_recording", everything).sound == pytest.approx(
        other, abs=1e-5
    )


def test_what_a_control_lacks_gets_a_sentence(analysis, scene):
    with pytest.raises(EngineError, match="control_other_recording needs another recording"):
        make_control("control_other_recording", scene)
    with pytest.raises(EngineError, match="control_other_seed needs a second run"):
        make_control("control_other_seed", scene)
    sources = cut_components(analysis, SEGMENTERS.make("nmf", {"n_components": 2}))
    kept = {"low": np.array([True, False])}
    with pytest.raises(ComponentError, match="needs components that are patches"):
        make_control(
            "control_other_recording", Scene(sources, "low", kept, scene.rng, other=analysis.y)
        )


def test_other_target_needs_another_target():
    with pytest.raises(RecipeError, match="control_other_target needs 2 targets or more, got 1"):
        make_recipe(targets=("low",), controls=("control_other_target",))


@pytest.mark.usefixtures("plugin")
def test_every_control_is_a_clip_of_the_explanation(music):
    recipe = make_recipe(controls=CONTROL_KINDS, n_samples=60)

    result = explain(music, recipe, other=Audio(make_music(seed=5)[::-1], 8_000))

    assert tuple(result.clips)[3:] == CONTROL_KINDS
    original = result.clip_records[0].aligned.loudness_after
    for clip in result.clip_records:
        if clip.kind in CONTROL_KINDS[2:]:
            assert clip.aligned.loudness_after == pytest.approx(original, abs=0.5)
    clips = {c["kind"]: c for c in build_manifest(result)["clips"] if c["target"] == "low"}
    assert {(c["fill"], c["phase_source"]) for c in clips.values()} == {
        ("silence", "original"), ("mean", "original"), ("silence", "random"), ("silence", "other"),
    }  # fmt: skip
    assert clips["control_whole"]["overlap_with_kept"] == pytest.approx(1)
    assert clips["control_phase_only"]["overlap_with_kept"] == 0


@pytest.mark.usefixtures("plugin")
def test_other_seed_is_what_the_next_seed_keeps(music):
    recipe = make_recipe(controls=("control_other_seed",), n_samples=30, seed=3)

    result = explain(music, recipe)

    after = explain(music, make_recipe(n_samples=30, seed=4))
    for target in recipe.targets:
        clip = next(
            c for c in result.clip_records if (c.target, c.kind) == (target, "control_other_seed")
        )
        assert set(clip.components) == set(after.selected[target].tolist())


@pytest.mark.usefixtures("plugin")
def test_other_seed_of_what_is_exact_says_that_it_controls_nothing(music):
    recipe = make_recipe(controls=("control_other_seed",), explainer="occlusion")

    notes = [c["note"] for c in build_manifest(explain(music, recipe))["clips"]]

    assert "It holds the same components as kept, so it controls for nothing." in notes
