"""Regions by hand: which spans are taken, which rows they make."""

from __future__ import annotations

import numpy as np
import pytest

from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import Truth
from evalsite.studies.trial_types.regions import Regions
from tests.studies.trials import present_all

SHOWN = {"seconds": 10.0, "labels": ["A"]}
TWO = Regions.from_parameters(
    {
        "prompts": [
            {"name": "tense", "label": "Where is it tense?"},
            {"name": "calm", "label": "Where is it calm?"},
        ],
        "max_spans": 2,
        "min_seconds": 0.5,
        "max_seconds": 4,
    }
)


def test_row_is_a_span_or_says_that_there_is_none():
    answer = {"spans": {"tense": [[0.5, 2], [3, 4.25]], "calm": "none"}}

    form = TWO.answer_form(answer, SHOWN)

    assert form.errors == {}
    assert TWO.rows(form.cleaned, SHOWN, {}) == [
        {"prompt": "tense", "span": 1, "start": 0.5, "end": 2.0, "is_none": False},
        {"prompt": "tense", "span": 2, "start": 3.0, "end": 4.25, "is_none": False},
        {"prompt": "calm", "span": 0, "start": None, "end": None, "is_none": True},
    ]


@pytest.mark.parametrize(
    ("spans", "rule"),
    [
        ([], "a list of 1 to 2 spans or 'none', got []"),
        ([[0, 1], [2, 3], [4, 5]], "a list of 1 to 2 spans or 'none'"),
        (None, "a list of 1 to 2 spans or 'none', got None"),
        ([[1, 2, 3]], "must hold pairs [start, end] of seconds"),
        ([[2, 1]], "must hold pairs"),
        ([[-1, 1]], "must hold pairs"),
        ([[True, 2]], "must hold pairs"),
        ([[9, 10.5]], "must end within the clip's 10 seconds, got 10.5"),
        ([[3, 4], [1, 2]], "must be in order and apart"),
        ([[1, 3], [2.5, 4]], "must be in order and apart"),
        ([[1, 1.2]], "must be of 0.5 seconds or more, got 0.2"),
        ([[1, 6]], "must be of 4 seconds or less, got 5"),
    ],
)
def test_spans_that_break_a_rule_are_refused(spans, rule):
    errors = TWO.answer_form({"spans": {"tense": spans, "calm": "none"}}, SHOWN).errors

    assert list(errors) == ["spans.tense"]
    assert rule in errors["spans.tense"]


def test_nowhere_is_refused_where_it_is_not_offered():
    sure = Regions(offer_none=False)

    assert sure.answer_form({"spans": {"marked": "none"}}, SHOWN).errors
    assert sure.plan_catch(None, np.random.default_rng(0)) == []


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ({"min_spans": 3, "max_spans": 2}, "max_spans must be min_spans"),
        ({"min_seconds": 2, "max_seconds": 1}, "max_seconds must be 0 or min_seconds"),
        ({"picture": "photo"}, "picture must be one of none, waveform, spectrogram"),
        ({"prompts": []}, "prompts must hold 1 to 4 entries"),
        ({"min_seconds": "1"}, "min_seconds must be a number from 0 to 60"),
    ],
)
def test_parameters_that_cannot_be_are_refused(parameters, rule):
    with pytest.raises(EarwitnessError, match=rule):
        Regions.from_parameters(parameters)


def test_clips_too_short_for_the_spans_are_refused():
    with pytest.raises(EarwitnessError, match="must last 3 seconds or more for 3 spans of 1"):
        present_all(Regions(min_spans=3, min_seconds=1.0))


def test_skilled_listener_marks_what_is_true():
    spans = {"marked": [[1.0, 2.0]]}

    answer = Regions().simulate_answer(
        np.random.default_rng(0), SHOWN, Truth({"spans": spans}, skill=1.0)
    )

    assert answer == {"spans": spans}
