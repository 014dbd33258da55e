"""What the model said of each masking is kept: a killed run goes on, a re-fit asks nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explain_engine import explain
from explain_engine.answers import Answers
from explain_engine.errors import Cancelled, EngineError
from tests.explain_engine.test_explanation import make_recipe

pytestmark = pytest.mark.usefixtures("plugin")
KEY = "ab" * 32


def stop_after(n_batches: int):
    """Something to ask before each batch: it says stop after so many."""
    asked = iter(range(10_000))
    return lambda: next(asked) >= n_batches


def find_file(folder: Path) -> Path:
    [path] = folder.iterdir()
    return path


def test_stopped_run_goes_on_and_ends_in_the_same_bytes(music, tmp_path):
    whole = explain(music, make_recipe(), threads=1)

    with pytest.raises(Cancelled):
        explain(music, make_recipe(), threads=1, answers=tmp_path, is_cancelled=stop_after(9))
    resumed = explain(music, make_recipe(), threads=1, answers=tmp_path)

    assert resumed.run["n_reused"] == 9 * 8
    assert resumed.run["n_forwards"] == whole.run["n_forwards"] - 9 * 8
    assert np.array_equal(resumed.weights, whole.weights)
    pairs = zip(resumed.clip_records, whole.clip_records, strict=True)
    assert all(one.to_wav() == other.to_wav() for one, other in pairs)


def test_record_that_was_cut_short_is_asked_again(music, tmp_path):
    whole = explain(music, make_recipe(), threads=1, answers=tmp_path)
    path = find_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-7])

    again = explain(music, make_recipe(), threads=1, answers=tmp_path)

    assert again.run["n_forwards"] > 0
    assert again.run["n_reused"] > 0
    assert np.array_equal(again.weights, whole.weights)


def test_file_of_something_else_is_not_believed(music, tmp_path):
    usual = explain(music, make_recipe(), threads=1, answers=tmp_path)
    find_file(tmp_path).write_bytes(b"somebody else's file, long enough to be read" * 40)

    again = explain(music, make_recipe(), threads=1, answers=tmp_path)

    assert again.run["n_reused"] == 0
    assert np.array_equal(again.weights, usual.weights)


def test_other_penalty_over_the_same_maskings_asks_nothing_about_them(music, tmp_path):
    explain(music, make_recipe(), threads=1, answers=tmp_path)

    other = explain(
        music, make_recipe(explainer_parameters={"alpha": 10.0}), threads=1, answers=tmp_path
    )

    assert other.run["n_reused"] >= 120


def test_other_stability_over_the_same_maskings_asks_nothing_about_them(music, tmp_path):
    exact = {"explainer_parameters": {"alpha": 0.0}}
    explain(music, make_recipe(stability=None, **exact), threads=1, answers=tmp_path)

    stopped = explain(music, make_recipe(stability=0.9, **exact), threads=1, answers=tmp_path)

    assert 64 <= len(stopped.attribution.masks) < 120
    assert stopped.run["n_reused"] >= len(stopped.attribution.masks)


def test_another_excerpt_has_answers_of_its_own(music, tmp_path):
    explain(music, make_recipe(), threads=1, answers=tmp_path)

    other = explain(music, make_recipe(start=0.5), threads=1, answers=tmp_path)

    assert other.run["n_reused"] == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_second_process_reads_and_does_not_write(tmp_path):
    masks = np.eye(3, dtype=bool)
    with Answers(tmp_path, KEY, 3) as first:
        first.add(masks, np.ones((3, 2)))
        with Answers(tmp_path, KEY, 3) as second:
            assert np.array_equal(second.find(masks), np.ones((3, 2)))
            second.add(~masks, np.zeros((3, 2)))
        with Answers(tmp_path, KEY, 3) as third:
            assert third.find(~masks) is None


def test_answers_are_found_by_the_batch_in_its_order(tmp_path):
    masks = np.array([[True, False], [False, True]])
    outputs = np.array([[0.1], [0.2]])
    with Answers(tmp_path, KEY, 2) as answers:
        answers.add(masks, outputs)
    with Answers(tmp_path, KEY, 2) as answers:
        assert np.array_equal(answers.find(masks), outputs)
        assert answers.find(masks[::-1]) is None
        assert len(answers) == 1


def test_folder_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "taken").write_text("x")

    with pytest.raises(EngineError, match="The folder for answers must be writable, 'taken' is"):
        Answers(tmp_path / "taken", KEY, 3)
