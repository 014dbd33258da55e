"""Figures as words."""

from __future__ import annotations

import pytest

from evalsite.results.charts.axis import Axis, axis_around_zero, axis_to_one
from evalsite.results.pages.wording import (
    caution_agreement,
    format_number,
    format_percent,
    format_share,
    state_contrast,
)


def figure(estimate=None, low=None, high=None, reason=None):
    return {"estimate": estimate, "low": low, "high": high, "reason": reason, "details": {}}


def quality(contrast=None, agreement=None, label="Melodiousness"):
    words = {"label": label, "low": "no tune", "high": "a tune"}
    return {**words, "contrast": contrast, "agreement": agreement}


@pytest.mark.parametrize(
    ("contrast", "sentence"),
    [
        (
            figure(1.42, 0.98, 1.85),
            "Kept clips were rated 0.98 to 1.85 points closer to “a tune” than controls of "
            "equal area.",
        ),
        (
            figure(-1.42, -1.85, -0.98),
            "Kept clips were rated 0.98 to 1.85 points closer to “no tune” than controls of "
            "equal area.",
        ),
        (
            figure(0.4, -0.2, 1.0),
            "Kept clips and controls of equal area may be rated alike in melodiousness: the "
            "difference is −0.20 to 1.00 points.",
        ),
        (
            figure(0.4, reason="too_few_recordings"),
            "Kept clips were rated 0.40 points closer to “a tune” than controls of equal area; "
            "how sure that is remains unknown.",
        ),
        (
            figure(0.0, reason="no_variation"),
            "Kept clips and controls of equal area got the same mean in melodiousness; how sure "
            "that is remains unknown.",
        ),
        (
            figure(reason="no_data"),
            "Nothing can be said yet about how kept clips differ from controls of equal area in "
            "melodiousness.",
        ),
    ],
)
def test_heading_states_the_interval_or_why_there_is_none(contrast, sentence):
    assert "".join(state_contrast(quality(contrast), ["kept", "control_area"])) == sentence


def test_caution_names_what_may_be_chance():
    one = quality(agreement=figure(0.2, -0.1, 0.5), label="Mode")
    two = quality(agreement=figure(0.5, 0.3, 0.7))
    assert caution_agreement([two]) == ["Every interval lies above what chance gives."]
    assert caution_agreement([one, two])[0].startswith("Mode is not clearly above chance.")
    assert caution_agreement([two, quality(agreement=figure())]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (format_number(-0.304), "−0.30"),
        (format_number(-0.001), "0.00"),
        (format_number(None), "–"),
        (format_share(0.517), ".52"),
        (format_share(-0.21), "−.21"),
        (format_share(1.0), "1.00"),
        (format_share(-1.6), "−1.60"),
        (format_percent(0.043), "4 %"),
    ],
)
def test_numbers_are_written_as_in_print(text, expected):
    assert text == expected


def test_an_axis_shows_every_value_and_zero():
    axis = axis_around_zero([0.98, 1.85], most=6)
    assert axis.low == 0 and axis.high >= 1.85 and len(axis.lines) <= 6
    axis = axis_around_zero([-0.4, 2.3], most=6)
    assert axis.low <= -0.4 and axis.high >= 2.3 and 0 in axis.lines
    assert axis_around_zero([], most=6).lines[0] == 0
    assert axis_to_one(0.2).low == 0
    assert axis_to_one(-0.2).low == -0.5
    assert axis_to_one(-3.0).low == -1
    assert Axis(0, 1, ()).share(7) == 1
