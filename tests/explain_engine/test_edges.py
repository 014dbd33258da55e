"""Sound at the edges of what is allowed: explained, or refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from explain_engine import Audio, explain
from explain_engine.errors import EngineError
from tests.explain_engine.conftest import make_music
from tests.explain_engine.test_explanation import make_recipe

pytestmark = pytest.mark.usefixtures("plugin")

SR = 8_000
MUSIC = make_music(sr=SR)
IMPULSE = np.eye(1, len(MUSIC), SR, dtype=np.float32)[0]
SOUNDS = {
    "offset": MUSIC + 0.5,
    "nothing but an offset": np.full_like(MUSIC, 0.5),
    "clipped": np.clip(20 * MUSIC, -1, 1),
    "eight times full scale": np.clip(40 * MUSIC, -8, 8),
    "silent from the middle": np.where(np.arange(len(MUSIC)) < SR, MUSIC, 0),
    "a single impulse": IMPULSE,
    "nearly too quiet": 1e-2 * MUSIC,
}


def explain_it(audio: Audio, **changes):
    chosen = {"targets": ("low",), "n_samples": 64, "n_selected": 2, **changes}
    return explain(audio, make_recipe(**chosen), threads=1)


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("segmenter", ["felzenszwalb", "time"])
def test_odd_sound_is_explained_and_its_parts_add_up(sound, segmenter):
    y = SOUNDS[sound].astype(np.float32)
    parameters = {"n_components": 8}

    result = explain_it(Audio(y, SR), segmenter=segmenter, segmenter_parameters=parameters)

    raw = {clip.kind: clip.raw for clip in result.clip_records}
    assert np.isfinite(result.weights).all()
    assert raw["kept"] + raw["removed"] == pytest.approx(
        y[: 2 * SR], abs=1e-5 * float(np.abs(y).max())
    )
    assert all(np.isfinite(clip.y).all() for clip in result.clips.values())
    assert all(np.abs(clip.y).max() <= 1 for clip in result.clips.values())
    assert result.verdicts["low"].endswith(".")


@pytest.mark.parametrize("sr", [8_000, 11_025, 96_000, 192_000])
def test_any_rate_is_heard_at_the_models(sr):
    result = explain_it(Audio(make_music(2.1, sr), sr))

    assert {clip.sr for clip in result.clips.values()} == {SR}
    assert {len(clip.y) for clip in result.clips.values()} == {2 * SR}
    # The low tone is at 220 Hz whatever the rate.
    peak = np.abs(np.fft.rfft(result.clips["kept"].y)).argmax() / 2.0
    assert peak == pytest.approx(220, abs=2)


@pytest.mark.parametrize(("n_times", "n_bands"), [(1, 2), (40, 30)])
def test_two_components_or_over_a_thousand_are_explained(n_times, n_bands):
    parameters = {"n_times": n_times, "n_bands": n_bands}

    result = explain_it(
        Audio(MUSIC, SR), segmenter="grid", segmenter_parameters=parameters, explainer="regions"
    )

    assert result.components.n == n_times * n_bands
    assert 1 <= len(result.selected["low"]) < result.components.n


def test_part_without_energy_is_never_kept():
    half = np.where(np.arange(len(MUSIC)) < SR, MUSIC, 0).astype(np.float32)

    result = explain_it(
        Audio(half, SR), segmenter="time", segmenter_parameters={"n_components": 10}, n_selected=9
    )

    silent = np.flatnonzero(~result.components.is_audible)
    assert len(silent) >= 3
    assert not set(silent) & set(result.selected["low"])


@pytest.mark.parametrize(
    ("y", "changes", "message"),
    [
        (np.zeros(3 * SR), {}, "must be louder than -70 LUFS .* from 0 to 2 s is silent"),
        (IMPULSE, {"start": 1.0 - 1 / SR, "duration": 0.3}, "duration must be 2 to 30 s, got 0.3"),
        (np.full(1, 0.5), {}, "The excerpt 0 to 2 s must lie within the recording's 0 to 0.00 s"),
        (MUSIC, {"start": 1.5}, "The excerpt 1.5 to 3.5 s must lie within the recording's 0 to 3"),
        (1e-5 * MUSIC, {}, "must be louder than -70 LUFS"),
        (np.full(SR, np.nan), {}, "All samples must be finite numbers"),
        (np.full(SR, 9.0), {}, "Samples must stay within ±8 of full scale, got 9"),
        (np.stack([MUSIC, MUSIC]), {}, "Audio must be mono, shape=.* got shape"),
        ((1000 * MUSIC).astype(np.int16), {}, "Audio must be floating point within ±1, got int16"),
        (
            MUSIC,
            {"segmenter": "grid", "segmenter_parameters": {"n_times": 1, "n_bands": 1}},
            "A segmenter must find 2 components or more, got 1",
        ),
    ],
)
def test_what_cannot_be_explained_is_a_sentence(y, changes, message):
    with pytest.raises(EngineError, match=message):
        explain_it(Audio(y, SR), **changes)
