"""Minutes left: near the truth for fast and slow listeners, and nothing at the end."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from django.urls import reverse

from evalsite.responses.time_left import estimate_minutes_left, measure_pace
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body

# One answer tells little, three tell the pace.
LEARNT = 3


@pytest.mark.parametrize("pace", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("has_pause", [False, True])
def test_pace_is_learnt_from_the_first_answers(pace, has_pause):
    rng = np.random.default_rng(0)
    expected = rng.uniform(35, 60, size=30)
    taken = pace * expected * rng.uniform(0.8, 1.25, size=30)
    seen = taken.copy()
    if has_pause:
        seen[5] = 3600.0

    for n in range(LEARNT, 30):
        found = measure_pace(list(zip(expected[:n], seen[:n], strict=True)))
        truth = taken[n:].sum() / expected[n:].sum()
        assert 0.6 < found / truth < 1.7, n


def test_without_an_answer_nothing_is_known_of_the_pace():
    assert measure_pace([]) == 1.0


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [12, 31, 80])
def test_minutes_of_a_sitting_follow_the_truth_and_end_at_zero(seconds):
    """Each trial takes so long; the questions at the end a minute at most."""
    remarks = {"name": "remarks", "label": "Remarks?", "kind": "long_text", "when": "after"}
    study = make_open_study(
        n_recordings=12, blocks=[{"practice": False}], groups=None, about=[remarks]
    )
    listener = Listener(study).begin().agree()
    listener.client.post(reverse("instructions"))
    told = []
    while listener.next()["step"] == "trial":
        trial = listener.open_trial()
        page = listener.client.get(reverse("trial", args=[trial["name"]])).content.decode()
        minutes = estimate_minutes_left(listener.sitting)
        shown = "less than a minute left" if minutes == 1 else f"about {minutes} minutes left"
        assert re.search(rf">{shown}<", page)
        told.append(minutes)
        listener.send(trial, make_body(trial, elapsed_ms=1000 * seconds))

    assert told[LEARNT:] == sorted(told[LEARNT:], reverse=True)
    for n in range(LEARNT, 12):
        truth = (12 - n) * seconds / 60
        assert truth / 2 < told[n] < math.ceil(2 * truth) + 1, n
    assert estimate_minutes_left(listener.sitting) == 1
    listener.client.post(reverse("afterwards"), {"remarks": "x"})
    assert estimate_minutes_left(listener.sitting) == 0
