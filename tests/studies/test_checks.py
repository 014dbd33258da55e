"""Headphone checks: what is measured of the sounds is what the papers say, and no ear is hurt."""

from __future__ import annotations

import io
from collections import Counter

import numpy as np
import pyloudnorm
import pytest
import soundfile

from evalsite.common.errors import EarwitnessError
from evalsite.studies.checks import SR, registry
from evalsite.studies.checks.base import write_wav
from evalsite.studies.parts.checks import Check, Checks

ANTIPHASE = registry.get("antiphase")()
HUGGINS = registry.get("huggins")()
LEVEL = -23.0


@pytest.fixture(scope="module")
def tones():
    return ANTIPHASE.make_all(SR)


@pytest.fixture(scope="module")
def noises():
    return HUGGINS.make_all(SR)


def measure_db(y: np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(y**2)))


def steady(y: np.ndarray) -> np.ndarray:
    """The tone between its ramps."""
    return y[SR // 8 : -SR // 8]


def cut_all(check, y: np.ndarray) -> list[np.ndarray]:
    return [interval.cut(y, SR) for interval in check.intervals()]


def test_tones_have_the_published_times_and_levels(tones):
    assert {len(stimulus.y) / SR for stimulus in tones} == {4.0}
    assert [interval.start for interval in ANTIPHASE.intervals()] == [0.0, 1.5, 3.0]
    for stimulus in tones:
        parts = cut_all(ANTIPHASE, stimulus.y)
        levels = [[measure_db(steady(part)[:, c]) for c in (0, 1)] for part in parts]
        expected = [[-23.0 if k == stimulus.answer else -17.0] * 2 for k in (1, 2, 3)]
        np.testing.assert_allclose(levels, expected, atol=0.1)
        correlations = sorted(round(np.corrcoef(part.T)[0, 1], 6) for part in parts)
        assert correlations == [-1.0, 1.0, 1.0]
        assert np.all(stimulus.y[round(1.0 * SR) : round(1.5 * SR)] == 0)


def test_tones_come_in_each_order_once_and_ramp_in_a_tenth_of_a_second(tones):
    assert Counter(stimulus.answer for stimulus in tones) == {1: 2, 2: 2, 3: 2}
    assert len({stimulus.y.tobytes() for stimulus in tones}) == 6
    tone = tones[0].y[:, 0]
    peaks = [np.max(np.abs(tone[a : a + SR // 200])) for a in (0, SR // 20 - SR // 400, SR // 8)]
    assert peaks[0] < 0.01 * peaks[2]
    assert peaks[1] == pytest.approx(0.5 * peaks[2], rel=0.1)


def test_tone_is_of_200_hz(tones):
    spectrum = np.abs(np.fft.rfft(tones[0].y[:SR, 0]))
    assert np.argmax(spectrum) == 200


def test_noise_is_turned_round_between_564_and_636_hz_in_one_channel_of_the_target(noises):
    assert {len(stimulus.y) / SR for stimulus in noises} == {5.0}
    assert Counter(stimulus.answer for stimulus in noises) == {1: 6, 2: 6, 3: 6}
    for stimulus in noises[:6]:
        for k, part in enumerate(cut_all(HUGGINS, stimulus.y), start=1):
            left, right = np.fft.rfft(part.T)
            ratio = right / left
            hz = np.fft.rfftfreq(len(part), 1 / SR)
            expected = np.ones(len(hz))
            if k == stimulus.answer:
                expected[(hz >= 564) & (hz <= 636)] = -1
            np.testing.assert_allclose(ratio[1:-1], expected[1:-1], atol=1e-6)


def test_noise_has_the_published_level_and_no_ramps(noises):
    part = cut_all(HUGGINS, noises[0].y)[1]
    assert measure_db(part) == pytest.approx(20 * np.log10(0.99 / 4.2), abs=0.1)
    assert np.max(np.abs(HUGGINS.make_all(SR, level=LEVEL)[0].y)) < 0.5
    assert measure_db(part[: SR // 20]) == pytest.approx(measure_db(part), abs=0.5)


@pytest.mark.parametrize("check", [ANTIPHASE, HUGGINS], ids=["antiphase", "huggins"])
def test_no_interval_is_louder_than_the_piece_that_set_the_volume(check):
    quiet = check.make_all(SR, level=LEVEL)
    meter = pyloudnorm.Meter(SR)

    for stimulus in quiet[:6]:
        for part in cut_all(check, stimulus.y):
            assert meter.integrated_loudness(part) <= LEVEL + 0.5
    loud = check.make_all(SR)[0].y
    ratio = quiet[0].y[np.abs(loud) > 0.1] / loud[np.abs(loud) > 0.1]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)
    assert check.make_all(SR, level=0.0)[0].y == pytest.approx(loud)


@pytest.mark.parametrize("check", [ANTIPHASE, HUGGINS], ids=["antiphase", "huggins"])
def test_headphones_find_every_answer_and_loudspeakers_do_not(check):
    answers = np.array([stimulus.answer for stimulus in check.make_all(SR)])
    stimuli = [stimulus.y for stimulus in check.make_all(SR)]
    apart = [check.recognise(y, SR) for y in stimuli]
    # In the air both channels add up: each ear gets their sum.
    summed = [np.repeat(y.sum(axis=1, keepdims=True) / 2, 2, axis=1) for y in stimuli]
    in_air = np.array([check.recognise(y, SR) for y in summed])

    assert apart == answers.tolist()
    assert np.mean(in_air == answers) <= 1 / 3


@pytest.mark.parametrize("check", [ANTIPHASE, HUGGINS], ids=["antiphase", "huggins"])
def test_files_tell_nothing_by_their_size_or_header(check):
    files = [write_wav(stimulus.y, SR) for stimulus in check.make_all(SR, level=LEVEL)]
    assert len({len(file) for file in files}) == 1
    assert len({file[:44] for file in files}) == 1
    assert len(set(files)) == len(files)
    back, rate = soundfile.read(io.BytesIO(files[0]))
    assert rate == SR
    np.testing.assert_allclose(back, check.make_all(SR, level=LEVEL)[0].y, atol=1e-4)


def test_files_are_the_same_every_time():
    first, second = (HUGGINS.make_all(SR)[7].y for _ in range(2))
    assert np.array_equal(first, second)


def test_rounds_of_a_sitting_are_seeded_and_play_each_set_once():
    answers = [stimulus.answer for stimulus in HUGGINS.make_all(8000)]
    rounds = HUGGINS.choose_rounds(answers, np.random.default_rng(5))
    assert rounds == HUGGINS.choose_rounds(answers, np.random.default_rng(5))
    assert sorted(i // 3 for i in rounds) == [0, 1, 2, 3, 4, 5]
    others = [HUGGINS.choose_rounds(answers, np.random.default_rng(s)) for s in range(20)]
    assert len({tuple(one) for one in others}) == 20
    orders = [ANTIPHASE.choose_rounds([1] * 6, np.random.default_rng(s)) for s in range(20)]
    assert all(sorted(order) == [0, 1, 2, 3, 4, 5] for order in orders)


def test_guessing_passes_rarely():
    # 13 of 729 ways to have five or six right; one way to have all.
    assert ANTIPHASE.chance_to_pass() == pytest.approx(13 / 729)
    assert HUGGINS.chance_to_pass() == pytest.approx(1 / 729)
    assert ANTIPHASE.chance_to_pass(n_attempts=2) == pytest.approx(1 - (716 / 729) ** 2)


def test_checks_of_a_protocol_read_what_they_wrote():
    given = [{"kind": "antiphase", "fail": "end"}, {"kind": "huggins"}]
    checks = Checks.read(given)

    assert checks.entries == (Check("antiphase", "end", 2), Check("huggins", "note", 2))
    assert Checks.read(checks.to_plain()) == checks
    assert Checks().to_plain() == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "checks must be a list"),
        ([{"kind": "beat"}], r"checks\[0\].kind must be one of antiphase, huggins, got 'beat'"),
        ([{"kind": "huggins", "fail": "stop"}], r"fail must be one of end, note, got 'stop'"),
        ([{"kind": "huggins", "attempts": 0}], r"attempts must be a whole number from 1 to 3"),
        ([{"kind": "huggins"}, {"kind": "huggins"}], "kinds of checks"),
    ],
)
def test_checks_refuse_what_is_none(given, sentence):
    with pytest.raises(EarwitnessError, match=sentence):
        Checks.read(given)
