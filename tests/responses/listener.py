"""A listener in a test: Django's client with a cookie of its own, no waiting."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

import numpy as np
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evalsite.responses.models import Sitting, Trial
from evalsite.responses.queries import COOKIE_NAME, hash_cookie
from evalsite.responses.rehearsal import describe_listening, simulate_answer
from evalsite.studies.models import Study

# One for all: making one looks through every static file.
HANDLER = Client().handler


class Listener:
    """Goes through the pages of a study; `hear` moves the clock instead of waiting."""

    def __init__(self, study: Study, *, is_pilot: bool = False) -> None:
        self.client = Client()
        self.client.handler = HANDLER
        token = study.pilot_token if is_pilot else study.link_token
        self.link = reverse("welcome", args=[token])

    @property
    def sitting(self) -> Sitting:
        cookie = self.client.cookies[COOKIE_NAME].value
        return Sitting.objects.get(cookie_hash=hash_cookie(cookie))

    def begin(self) -> Listener:
        response = self.client.post(self.link)
        assert response.status_code == 302, response.content
        return self

    def agree(self) -> Listener:
        self.client.post(reverse("consent"), {"agree": "on"})
        return self

    def pass_pages(self, *, training: str = "6-9") -> Listener:
        """From the link to the first trial."""
        return self.begin().go_on(training=training)

    def go_on(self, *, training: str = "6-9") -> Listener:
        """From the consent to the first trial."""
        self.agree()
        self.client.post(reverse("about"), {"training": training, "device": "headphones"})
        self.client.post(reverse("instructions"))
        return self

    def next(self) -> dict:
        return self.client.get(reverse("sitting_next")).json()

    def open_trial(self) -> dict:
        """Show the current trial, as if it had been open for an hour."""
        trial = self.next()["trial"]
        assert self.client.get(reverse("trial", args=[trial["name"]])).status_code == 200
        self.hear(trial["name"])
        return trial

    def hear(self, name: str) -> None:
        an_hour_ago = timezone.now() - timedelta(hours=1)
        Trial.objects.filter(name=name).update(presented_at=an_hour_ago)

    def send(self, trial: dict, body: object) -> object:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = reverse("trial_answer", args=[trial["name"]])
        return self.client.post(url, data, content_type="application/json")

    def answer_all(self) -> Listener:
        while self.next()["step"] == "trial":
            trial = self.open_trial()
            assert self.send(trial, make_body(trial)).status_code == 200
        return self


def make_body(trial: dict, **changes: object) -> dict:
    body = {
        "v": 2,
        "key": secrets.token_hex(16),
        "answer": simulate_answer(trial, np.random.default_rng(0)),
        **describe_listening(trial),
        "elapsed_ms": 12_000,
        "events": [{"kind": "play", "ms": 5}],
    }
    return {**body, **changes}
