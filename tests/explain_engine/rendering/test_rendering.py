from __future__ import annotations

import numpy as np
import pytest

from explain_engine import rendering
from explain_engine.errors import EngineError
from explain_engine.rendering.score import Score, Voice, read_pitch

NAMES = [*rendering.SCORES, "practice"]


def find_pitch(y: np.ndarray, sr: int, start: float, seconds: float) -> float:
    part = y[round(start * sr) : round((start + seconds) * sr)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 16))
    return 69 + 12 * np.log2(spectrum.argmax() * sr / (1 << 16) / 440)


@pytest.mark.parametrize("name", NAMES)
def test_every_score_renders_alike_each_time(name):
    score = {**rendering.SCORES, "practice": rendering.PRACTICE}[name]

    first, second = rendering.render(name, 16_000), rendering.render(name, 16_000)

    assert np.array_equal(first.y, second.y)
    assert len(first.y) == round(score.seconds * 16_000)
    assert np.abs(first.y).max() == pytest.approx(0.7, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_every_score_sounds_to_its_end(name):
    audio = rendering.render(name, 16_000)

    seconds = audio.y[: len(audio.y) // 8_000 * 8_000].reshape(-1, 8_000)

    assert np.sqrt((seconds[:-2] ** 2).mean(axis=1)).min() > 1e-3


def test_demo_excerpts_last_long_enough_to_explain():
    assert len(rendering.SCORES) == 8
    assert all(10 <= score.seconds <= 15 for score in rendering.SCORES.values())
    assert len({score.character for score in rendering.SCORES.values()}) == 8


@pytest.mark.parametrize("name", NAMES)
def test_voices_of_a_score_end_together(name):
    score = {**rendering.SCORES, "practice": rendering.PRACTICE}[name]

    ends = [voice.count_beats() for voice in score.voices]

    assert max(ends) - min(ends) < 0.01


def test_prelude_begins_as_bach_wrote_it():
    audio = rendering.render("bach_prelude_c", 44_100)
    step = 60 / 74 / 4

    heard = [round(find_pitch(audio.y, 44_100, i * step, step)) % 12 for i in range(3)]

    assert heard == [0, 4, 7]


def test_tempo_changes_move_the_beats():
    score = Score("x", "x", "x", "x", ((0, 60), (4, 120)), (), 1.0)

    assert score.second_at(0) == 0
    # The integral of 60 / (60 + 15 b) over four beats is 4 ln 2.
    assert score.second_at(4) == pytest.approx(4 * np.log(2), abs=1e-3)
    assert score.second_at(6) == pytest.approx(4 * np.log(2) + 1, abs=1e-3)


def test_voice_reads_lengths_chords_rests_dynamics_and_articulation():
    notes = Voice(0, "p stacc c4:0.5 | r e4+g4 f legato b3:2", transpose=12).read()

    assert [(n.key, n.start, n.velocity) for n in notes] == [
        (72, 0.0, 50),
        (76, 1.0, 50),
        (79, 1.0, 50),
        (71, 1.5, 96),
    ]
    assert notes[0].length == pytest.approx(0.21)
    assert notes[3].length == pytest.approx(2.04)


@pytest.mark.parametrize(
    ("text", "key"), [("c4", 60), ("a4", 69), ("f#3", 54), ("bb2", 46), ("b1", 35)]
)
def test_pitch_is_read_as_a_midi_key(text, key):
    assert read_pitch(text) == key


@pytest.mark.parametrize("text", ["h4", "c", "c44", "C4", ""])
def test_wrong_pitch_is_a_sentence(text):
    with pytest.raises(EngineError, match="A pitch must be a letter"):
        read_pitch(text)


def test_unknown_score_is_a_sentence():
    with pytest.raises(EngineError, match=r"A score must be one of bach_prelude_c, .*, got 'x'"):
        rendering.render("x")
