"""A whole sitting over HTTP, by a client that knows only the pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from evalsite.responses.models import Response, Sitting
from evalsite.responses.rehearsal import ParticipantClient
from evalsite.studies.services import open_study
from tests.studies.making import make_draft

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_sitting_taken_over_http_stores_each_answer(live_server):
    study = open_study(study=make_draft())
    client = ParticipantClient(live_server.url)

    answers = client.take_sitting(reverse("welcome", args=[study.link_token]))

    sitting = Sitting.objects.get()
    assert sitting.state == Sitting.State.FINISHED
    stored = {r.trial.name: r.answer for r in Response.objects.select_related("trial")}
    assert stored == answers
    assert len(answers) == 4
