from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest

from explain_engine.loudness import (
    SOFTEST_LUFS,
    align_loudness,
    fade_edges,
    measure_loudness,
    measure_true_peak,
    quantise,
)

SR = 16_000


def tone(gain_db: float, hz: float = 997.0, seconds: float = 3.0) -> np.ndarray:
    time = np.arange(round(seconds * SR)) / SR
    return (10 ** (gain_db / 20) * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def click(gain_db: float) -> np.ndarray:
    y = tone(-70.0)
    y[::8_000] = 10 ** (gain_db / 20)
    return y


def test_full_scale_tone_measures_as_the_standard_says():
    # ITU-R BS.1770-4: a 997 Hz sine at 0 dBFS in one channel is -3.01 LKFS.
    assert measure_loudness(tone(0.0), SR) == pytest.approx(-3.01, abs=0.15)


def test_true_peak_sees_between_the_samples():
    time = np.arange(4_000)
    y = np.sin(2 * np.pi * time / 4 + np.pi / 4)

    assert np.abs(y).max() == pytest.approx(math.sqrt(0.5))
    assert measure_true_peak(y) == pytest.approx(0.0, abs=0.2)


def test_silence_has_neither_loudness_nor_peak():
    assert measure_loudness(np.zeros(SR), SR) == -math.inf
    assert measure_true_peak(np.zeros(SR)) == -math.inf


def test_fades_touch_the_edges_only():
    y = np.ones(SR, np.float32)

    faded = fade_edges(y, SR)

    assert faded[0] < 1e-3
    assert faded[-1] < 1e-3
    assert (faded[160:-160] == 1).all()
    assert np.array_equal(faded, faded[::-1])
    assert y[0] == 1


@pytest.mark.parametrize(
    ("sounds", "expected"),
    [
        ({"a": tone(-10), "b": tone(-30), "c": tone(-38)}, -23.0),
        # -53.01 LUFS can be lifted by 20 dB only.
        ({"a": tone(-10), "b": tone(-50)}, -33.0),
    ],
)
def test_all_come_to_one_loudness_down_to_the_quietest_if_need_be(sounds, expected):
    target, clips = align_loudness(sounds, SR)

    assert target == pytest.approx(expected, abs=0.2)
    levels = [pyloudnorm.Meter(SR).integrated_loudness(c.y.astype(float)) for c in clips.values()]
    assert max(levels) - min(levels) < 0.1
    assert [c.loudness_after for c in clips.values()] == pytest.approx(levels)
    assert all(c.gain_db <= 20.0 for c in clips.values())
    assert [c.is_gain_capped for c in clips.values()] == [
        -23 - c.loudness_before > 20 for c in clips.values()
    ]


def test_peaks_hold_all_clips_down():
    target, clips = align_loudness({"a": tone(-20), "b": click(-6.0)}, SR)

    assert clips["b"].is_peak_limited
    assert not clips["a"].is_peak_limited
    assert target < -23
    for clip in clips.values():
        assert clip.true_peak_dbtp <= -1.0
        assert measure_true_peak(clip.y) <= -1.0
        assert clip.loudness_after == pytest.approx(target, abs=0.1)


def test_silent_clip_is_left_alone_and_does_not_drag_the_others_down():
    target, clips = align_loudness({"a": tone(-10), "b": np.zeros(3 * SR, np.float32)}, SR)

    assert target == -23.0
    assert clips["b"].is_silent
    assert clips["b"].gain_db == 0.0
    assert not clips["b"].y.any()
    assert clips["a"].loudness_after == pytest.approx(-23.0, abs=0.1)


def test_clip_below_the_gate_is_lifted_by_the_cap_and_leaves_the_others_audible():
    target, clips = align_loudness({"a": tone(-10), "b": tone(-75)}, SR)

    assert not clips["b"].is_silent
    assert clips["b"].is_gain_capped
    assert clips["b"].gain_db == pytest.approx(20.0, abs=0.1)
    assert clips["b"].loudness_after == pytest.approx(-58, abs=0.3)
    assert target == -23
    assert clips["a"].loudness_after == pytest.approx(-23, abs=0.1)


def test_quantised_samples_are_what_a_16_bit_file_holds():
    y = quantise(np.array([-2.0, -0.3, 0.0, 1e-5, 0.5, 2.0]))

    assert np.array_equal(y * 32768, np.rint(y * 32768))
    assert y.min() == -1.0
    assert y.max() == 32767 / 32768


def test_reach_of_a_clip_whose_quiet_parts_wake_is_measured_at_the_largest_gain():
    # A short passage above the gate, the rest below it: at +20 dB the rest counts and the clip
    # measures quieter than its own loudness plus 20 dB, too quiet to bring the others down.
    waking = np.concatenate((tone(-48.0, seconds=1.0), tone(-68.0, seconds=9.0)))

    target, clips = align_loudness({"original": tone(-20.0, seconds=10.0), "kept": waking}, SR)

    assert measure_loudness(waking, SR) + 20 > SOFTEST_LUFS
    assert target == pytest.approx(-23.0)
    assert clips["kept"].loudness_after == pytest.approx(-41.2, abs=0.2)
