from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf

from explain_engine import Audio, Recipe, explain, load_model
from explain_engine.errors import AudioError, Cancelled, EngineError, ModelError, SelectionError
from tests.explain_engine.conftest import make_music

pytestmark = pytest.mark.usefixtures("plugin")

QUICK = {
    "model": "sines",
    "duration": 2.0,
    "n_samples": 120,
    "n_selected": 4,
    "n_fft": 1024,
    "hop_length": 256,
    "segmenter_parameters": {"n_components": 20},
}


def make_recipe(**changes) -> Recipe:
    return Recipe(**{**QUICK, "targets": ("low", "high"), **changes})


def test_linear_model_is_explained_exactly(music):
    recipe = make_recipe(
        targets=("low", "high", "low minus high"), explainer_parameters={"alpha": 0.0}
    )

    result = explain(music, recipe)

    alone = result.components.resynthesise(np.eye(result.components.n, dtype=bool))
    expected = load_model("sines").predict(alone).T
    assert result.weights == pytest.approx(expected, abs=1e-6)
    assert result.attribution.intercepts == pytest.approx([0, 0, 0], abs=1e-6)
    assert result.weights[2] == pytest.approx(result.weights[0] - result.weights[1], abs=1e-6)
    total = dict(zip(recipe.targets, result.weights.sum(axis=1), strict=True))
    assert result.prediction == pytest.approx(total, abs=1e-6)
    assert result.scores["held_out_r2"].value == pytest.approx(1)
    assert result.scores["stability"].value == pytest.approx(1, abs=0.02)
    assert result.verdicts["low"].startswith("Good")


def test_kept_holds_the_tone_that_speaks_for_the_target(music):
    result = explain(music, make_recipe())

    for target, hz in (("low", 220.0), ("high", 1760.0)):
        by_kind = {clip.kind: clip for clip in result.clip_records if clip.target == target}
        kept = by_kind["kept"].audio.y
        peak = np.abs(np.fft.rfft(kept)).argmax() / 2.0
        assert peak == pytest.approx(hz, abs=2)
        assert result.scores_for(target)["removal"].value < 0
        random = by_kind["control_area"].output_before[target]
        assert by_kind["kept"].output_before[target] > random


def test_selection_against_keeps_what_speaks_against(music):
    result = explain(music, make_recipe(targets=("low minus high",), selection="against"))

    assert (result.weights[0][result.selected["low minus high"]] < 0).all()
    peak = np.abs(np.fft.rfft(result.clips["kept"].y)).argmax() / 2.0
    assert peak == pytest.approx(1760, abs=2)
    assert result.scores["removal"].value > 0


def test_clips_are_as_long_as_the_excerpt_and_start_with_the_original(music):
    result = explain(music, make_recipe(start=0.5, duration=2.2))

    assert list(result.clips) == ["original", "kept", "removed", "control_area", "control_energy"]
    assert {len(clip.y) for clip in result.clips.values()} == {round(2.2 * 8_000)}
    assert {clip.sr for clip in result.clips.values()} == {8_000}
    original = result.clip_records[0].raw
    assert original == pytest.approx(music.y[4_000 : 4_000 + 17_600], abs=1e-5)


def test_any_length_of_excerpt_gives_exactly_that_length(music):
    for duration in (2.0, 2.0001, 2.345):
        result = explain(music, make_recipe(duration=duration, n_samples=16))
        assert len(result.clips["kept"].y) == round(duration * 8_000)


def test_same_recipe_gives_the_same_bytes(music):
    first, second = (explain(music, make_recipe(), threads=1) for _ in range(2))

    assert np.array_equal(first.weights, second.weights)
    assert [c.to_wav() for c in first.clip_records] == [c.to_wav() for c in second.clip_records]


def test_another_seed_tries_other_maskings(music):
    first, second = (explain(music, make_recipe(seed=seed)) for seed in (0, 1))

    assert not np.array_equal(first.attribution.masks, second.attribution.masks)


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_batch_size_changes_nothing_that_matters(music, batch_size):
    usual = explain(music, make_recipe(n_samples=40))

    other = explain(music, make_recipe(n_samples=40), batch_size=batch_size)

    assert other.attribution.outputs == pytest.approx(usual.attribution.outputs, abs=1e-5)
    assert other.weights == pytest.approx(usual.weights, abs=1e-5)


def test_targets_share_the_forward_passes(music):
    one = explain(music, make_recipe(targets=("low",)))
    both = explain(music, make_recipe(targets=("low", "high")))

    assert both.weights[0] == pytest.approx(one.weights[0])
    # Besides the maskings: silence, each clip as scored, before and after alignment, and two curves
    # of 11 points for each target.
    assert one.run["n_forwards"] == 120 + 1 + 3 * 5 + 22
    assert both.run["n_forwards"] == 120 + 1 + 3 * 9 + 2 * 22


def test_listening_gap_is_zero_before_alignment_and_told_after(music):
    result = explain(music, make_recipe())
    kept = result.clip_records[1]

    again = load_model("sines").predict(kept.audio.y[None])[0]

    assert kept.output_after["low"] == pytest.approx(again[0])
    mask = np.isin(np.arange(result.components.n), result.selected["low"])
    scored = load_model("sines").predict(result.components.mix(mask[None]))[0]
    assert kept.output_before["low"] == pytest.approx(scored[0], abs=1e-6)
    gap = abs(kept.output_after["low"] - kept.output_before["low"])
    assert result.scores["listening_gap"].value == pytest.approx(gap)
    assert gap > 0


def test_random_weights_say_that_they_explain_nothing(music):
    result = explain(music, make_recipe(explainer="random"))

    assert result.scores["held_out_r2"].value is None
    assert "yardstick" in result.verdicts["low"]
    assert result.all_scores["low"][0].is_weak


def test_model_that_answers_everything_alike_leaves_nothing_to_keep(music):
    with pytest.raises(SelectionError, match="no component speaks for 'anything'"):
        explain(music, make_recipe(model="deaf", targets=("anything",)))


def test_target_that_nothing_speaks_for_says_so_and_spoils_no_other(music):
    both = {"model": "opposed", "targets": ("energy", "calm"), "segmenter": "time"}

    result = explain(music, make_recipe(**both))

    assert result.verdicts["energy"].startswith(("Good", "Fair"))
    assert result.verdicts["calm"].startswith("Nothing speaks for calm in this excerpt")
    assert len(result.selected["calm"]) == 1
    assert result.all_scores["calm"][0].name == "selection"
    with pytest.raises(SelectionError, match="no component speaks for 'calm'"):
        explain(music, make_recipe(**{**both, "targets": ("calm",)}))


def test_random_components_of_a_deaf_model_score_as_such(music):
    result = explain(music, make_recipe(model="deaf", targets=("anything",), explainer="random"))

    assert result.scores["removal"].value == 0
    assert result.scores["removal"].is_weak
    assert result.scores["kept_over_control"].is_weak


def test_progress_counts_forwards_up_to_the_total(music):
    seen = []

    explain(music, make_recipe(), progress=lambda done, total: seen.append((done, total)))

    done = [step[0] for step in seen]
    assert done == sorted(done)
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1]


def test_cancelling_stops_before_the_next_batch(music):
    asked = []

    with pytest.raises(Cancelled, match="Cancelled after 16 of"):
        explain(music, make_recipe(), is_cancelled=lambda: asked.append(1) or len(asked) > 2)


def test_excerpt_of_a_file_equals_the_excerpt_of_the_whole(tmp_path):
    from explain_engine import load_audio

    sf.write(tmp_path / "x.flac", make_music(5.0, 22_050), 22_050)
    recipe = make_recipe(start=1.0, duration=2.5)

    whole = explain(load_audio(tmp_path / "x.flac"), recipe)
    part = explain(load_audio(tmp_path / "x.flac", start=1.0, duration=2.5), recipe)

    assert whole.recording_digest == part.recording_digest
    assert np.array_equal(whole.weights, part.weights)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"targets": ("tempo",)},
            EngineError,
            "target of sines must be one of low, high, low minus",
        ),
        ({"model": "none"}, EngineError, "model must be one of .*sines.*, got 'none'"),
        ({"model": "broken", "targets": ("anything",)}, ModelError, "must return finite numbers"),
        (
            {"model": "misshapen", "targets": ("anything",)},
            ModelError,
            r"must return shape \(8, 1\)",
        ),
        ({"start": 1.5}, AudioError, r"excerpt 1\.5 to 3\.5 s must lie within"),
        (
            {"segmenter": "everything", "segmenter_parameters": {}},
            EngineError,
            "2 components or more",
        ),
    ],
)
def test_what_cannot_be_explained_gets_a_sentence(music, changes, error, message):
    with pytest.raises(error, match=message):
        explain(music, make_recipe(**changes))


@pytest.mark.parametrize("y", [np.zeros(24_000), 1e-6 * make_music()], ids=["zeros", "faint"])
def test_silent_excerpt_gets_a_sentence(y):
    with pytest.raises(AudioError, match="must be louder than -70 LUFS to be explained"):
        explain(Audio(y.astype(np.float32), 8_000), make_recipe())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "tpu"}, "device must be cpu or cuda, got 'tpu'"),
        ({"dtype": "float16"}, "dtype must be float32 or bfloat16, got 'float16'"),
        ({"batch_size": 0}, "batch_size must be 1 or more, got 0"),
        ({"threads": 0}, "threads must be 1 or more, got 0"),
    ],
)
def test_wrong_execution_is_refused(music, options, message):
    with pytest.raises(EngineError, match=message):
        explain(music, make_recipe(), **options)


def test_asking_for_another_target_is_refused(music):
    result = explain(music, make_recipe(n_samples=16))

    with pytest.raises(EngineError, match="target must be one of low, high, got 'sad'"):
        result.clips_for("sad")


def test_sampling_stops_by_itself_when_it_is_stable_and_never_where_none_is_wanted(music):
    recipe = make_recipe(n_samples=400, explainer_parameters={"alpha": 0.0})

    result = explain(music, recipe)
    everything = explain(music, replace(recipe, stability=None))

    assert recipe.stability == 0.9
    assert len(result.attribution.masks) < 400 == len(everything.attribution.masks)
    assert result.scores["stability"].value >= 0.9


def test_stability_that_is_not_reached_is_told_first(music):
    # Hardly any of these components is heard by the model: their order is noise of the fit.
    recipe = make_recipe(n_samples=70, stability=0.99, segmenter="grid", segmenter_parameters={})

    result = explain(music, recipe)

    assert len(result.attribution.masks) == 70
    assert result.scores["stability"].value < 0.99
    assert result.verdicts["low"].startswith(("Unstable: ", "Less stable than wanted: "))


def test_exact_weights_are_not_called_random(music):
    recipe = make_recipe(explainer="occlusion")

    result = explain(music, recipe)

    assert result.scores["stability"].value is None
    assert not result.scores["stability"].is_weak
    assert result.verdicts["low"].startswith("Good: nothing drawn at random, held-out R² 1.00")


def test_gradients_of_a_deaf_model_that_has_none_get_a_sentence(music):
    with pytest.raises(ModelError, match="Gradients need a torch model, deaf is none"):
        explain(
            music,
            make_recipe(model="deaf", targets=("anything",), explainer="integrated_gradients"),
        )


def test_complexity_is_the_entropy_of_the_weights_sizes(music):
    result = explain(music, make_recipe())

    share = np.abs(result.weights[0]) / np.abs(result.weights[0]).sum()
    expected = -np.sum(share * np.log(share))
    assert result.scores["complexity"].value == pytest.approx(expected)


@pytest.mark.parametrize("selection", ["for", "against"])
def test_insertion_and_deletion_follow_the_ranking(music, selection):
    recipe = make_recipe(targets=("low minus high",), selection=selection, n_selected=2)

    result = explain(music, recipe)

    weights = np.sort(result.weights[0])
    weights = weights[::-1] if selection == "for" else weights
    curves = result.curves["low minus high"]
    steps = np.rint(curves.shares * len(weights)).astype(int)
    came = np.array([weights[:n].sum() for n in steps])
    # The model is linear, so the output is the sum of the weights (but for LIME's ridge).
    assert curves.insertion == pytest.approx(came, abs=0.02)
    assert curves.deletion == pytest.approx(came[-1] - came, abs=0.02)
    scores = result.scores
    assert scores["insertion"].value == pytest.approx(np.trapezoid(came, curves.shares), abs=0.02)
    better = scores["insertion"].value - scores["deletion"].value
    assert better > 0 if selection == "for" else better < 0
    assert not scores["insertion"].is_weak


def test_ranking_of_a_deaf_model_does_no_better_than_chance(music):
    recipe = make_recipe(model="deaf", targets=("anything",), explainer="random")

    score = explain(music, recipe).scores["insertion"]

    assert score.value == pytest.approx(0.5)
    assert score.is_weak
    assert score.caveat.endswith("This ranking does no better than chance.")
