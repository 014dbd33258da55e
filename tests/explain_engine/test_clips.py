from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile as sf

from explain_engine import Audio
from explain_engine.clips import encode_wav, make_clips, plan_clips
from explain_engine.components import Patches
from explain_engine.loudness import measure_true_peak
from explain_engine.recipe import CONTROLS, SEGMENTERS


@pytest.fixture(scope="module")
def components(analysis) -> Patches:
    return Patches(analysis, SEGMENTERS.make("felzenszwalb")(analysis))


@pytest.fixture(scope="module")
def made(components):
    order = np.argsort(-components.energy_shares)
    selected = {"low": order[:4], "high": order[3:8]}
    return make_clips(components, plan_clips(components, selected, CONTROLS, seed=0))


def test_each_target_has_its_clips_and_all_share_the_original(made):
    assert [(clip.target, clip.kind) for clip in made[1]] == [
        (None, "original"),
        ("low", "kept"),
        ("low", "removed"),
        ("low", "control_area"),
        ("low", "control_energy"),
        ("high", "kept"),
        ("high", "removed"),
        ("high", "control_area"),
        ("high", "control_energy"),
    ]


def test_all_clips_are_of_one_loudness_length_and_rate(made, components):
    loudness, clips = made
    levels = [clip.aligned.loudness_after for clip in clips]

    assert max(levels) - min(levels) <= 0.5
    assert levels == pytest.approx([loudness] * len(clips), abs=0.25)
    assert {len(clip.to_wav()) for clip in clips} == {44 + 2 * components.analysis.n_samples}
    assert max(measure_true_peak(clip.audio.y) for clip in clips) <= -1.0


def test_kept_and_removed_share_out_the_components(made, components):
    by_kind = {clip.kind: clip for clip in made[1] if clip.target == "low"}
    kept, removed = by_kind["kept"], by_kind["removed"]

    assert sorted(kept.components + removed.components) == list(range(components.n))
    assert kept.area_share + removed.area_share == pytest.approx(1)
    assert kept.energy_share + removed.energy_share == pytest.approx(1)
    assert (kept.overlap_with_kept, removed.overlap_with_kept) == (pytest.approx(1), 0.0)


def test_kept_and_removed_add_up_to_the_original_before_fades_and_alignment(made):
    original = made[1][0].raw
    for target in ("low", "high"):
        raw = {clip.kind: clip.raw for clip in made[1] if clip.target == target}
        error = raw["kept"] + raw["removed"] - original
        assert 20 * np.log10(np.linalg.norm(error) / np.linalg.norm(original)) < -100


def test_a_target_more_leaves_the_controls_of_the_others_alone(components, made):
    chosen = np.argsort(-components.energy_shares)[:4]

    plans = plan_clips(components, {"low": chosen}, CONTROLS, seed=0)

    for plan, clip in zip(plans[1:], made[1][1:5], strict=True):
        assert tuple(np.flatnonzero(plan.mask)) == clip.components


def test_file_holds_the_samples_and_nothing_else(made):
    clip = made[1][1]
    data = clip.to_wav()

    y, sr = sf.read(io.BytesIO(data), dtype="float32")

    assert sr == clip.audio.sr
    assert np.array_equal(y, clip.audio.y)
    assert data[36:40] == b"data"
    assert len(data) == 44 + 2 * len(y)


def test_samples_beyond_full_scale_are_clipped_not_wrapped():
    y, _ = sf.read(io.BytesIO(encode_wav(Audio(np.array([1.5, -1.5, 0.25]), 8_000))))

    assert y == pytest.approx([1.0, -1.0, 0.25], abs=1e-4)
