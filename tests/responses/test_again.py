"""Each page of a sitting shown again and sent twice: what it does is done once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from evalsite.responses.models import CheckRound, Response, Sitting
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body
from tests.responses.test_checks import answer_attempt

pytestmark = pytest.mark.django_db

FORMS = {
    "consent": {"agree": "on"},
    "about": {"training": "6-9", "device": "headphones"},
    "instructions": {},
    "pause": {},
}


def test_every_page_reloaded_and_sent_twice_counts_once():
    blocks = [
        {"name": name, "practice": False, "instructions": "Listen.", "break_after": True}
        for name in ("first", "second")
    ]
    study = make_open_study(
        n_recordings=2, blocks=blocks, checks=[{"kind": "antiphase"}], debrief="It was this."
    )
    listener = Listener(study).begin()
    seen = []
    while (step := listener.next())["step"] != "thanks":
        name, url = step["step"], step["url"]
        seen.append(name)
        shown = [listener.client.get(url) for _ in range(2)]
        assert [page.status_code for page in shown] == [200, 200], name
        if name == "trial":
            trial = listener.open_trial()
            body = make_body(trial)
            answers = [listener.send(trial, body).json()["is_new"] for _ in range(2)]
            assert answers == [True, False]
        elif name == "checks":
            answer_attempt(listener, n_right=6)
        else:
            sent = [listener.client.post(url, FORMS.get(name, {})) for _ in range(2)]
            assert [page.status_code for page in sent] == [302, 302], name
        assert listener.client.get(url).status_code in (200, 302), name
    again = [listener.client.get(reverse(name)).status_code for name in ("thanks", "sitting")]

    sitting = Sitting.objects.get()
    assert again == [200, 302]
    assert seen.count("trial") == Response.objects.count() == sitting.trials.count()
    assert len(sitting.steps) == len(set(sitting.steps))
    assert CheckRound.objects.count() == 6
    assert {"consent", "about", "instructions", "checks", "pause", "trial", "debrief"} == set(seen)
