"""Clips that deserve a second look, by rules that the page tells."""

from __future__ import annotations

import pytest

from evalsite.analysis.result import Result
from evalsite.results.figures.flags import CANT_TELL, DIFFERS, TWO_CAMPS, flag_clips, has_two_camps


def make_clip(counts, *, mean=4.0, output=None, n_cant_tell=0):
    result = Result(mean, mean, mean, sum(counts), "mean")
    return {
        "n": sum(counts) + n_cant_tell,
        "n_cant_tell": n_cant_tell,
        "counts": counts,
        "mean": result,
        "model_output": output,
    }


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([4, 0, 0, 0, 0, 0, 4], True),
        ([1, 1, 2, 0, 0, 2, 2], True),
        ([3, 0, 0, 0, 0, 0, 3], False),  # six ratings say too little
        ([1, 0, 3, 3, 3, 0, 2], False),  # one in twelve is no camp
        ([0, 0, 4, 8, 4, 0, 0], False),
    ],
)
def test_two_camps_are_a_quarter_at_each_end_of_eight_ratings(counts, expected):
    assert has_two_camps(counts) is expected


def test_often_cant_tell_is_more_than_a_third_of_eight_answers():
    clips = [
        make_clip([0, 0, 0, 6, 0, 0, 0], n_cant_tell=3),  # exactly a third
        make_clip([0, 0, 0, 5, 0, 0, 0], n_cant_tell=3),
        make_clip([0, 0, 0, 1, 0, 0, 0], n_cant_tell=6),  # seven answers
    ]

    assert flag_clips(clips) == [[], [CANT_TELL], []]


def test_listeners_and_model_differ_where_ranks_are_half_the_clips_apart():
    outputs = [0.8, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75]
    clips = [
        make_clip([0, 0, 0, 1, 0, 0, 0], mean=1 + k / 2, output=output)
        for k, output in enumerate(outputs)
    ]

    assert flag_clips(clips) == [[DIFFERS], *[[]] * 7]
    # Of seven clips the rule says nothing, nor of one without an output.
    assert flag_clips(clips[:7]) == [[]] * 7
    assert flag_clips([*clips[:7], {**clips[7], "model_output": None}]) == [[]] * 8


def test_a_clip_may_have_several_flags():
    clip = make_clip([4, 0, 0, 0, 0, 0, 4], n_cant_tell=5)

    assert flag_clips([clip]) == [[TWO_CAMPS, CANT_TELL]]
