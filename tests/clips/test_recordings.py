"""A recording is renamed, and deleted unless something needs it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from evalsite.clips.models import Explanation, Recording
from evalsite.clips.services import delete_recording, describe_recording
from evalsite.common.errors import EarwitnessError, NotAllowedNow
from tests.factories import make_explanation, make_recording, make_study, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(client):
    recording = make_recording(make_user())
    client.force_login(recording.owner)
    return recording


def test_a_recording_is_renamed_on_its_page(client, recording):
    url = reverse("describe_recording", args=[recording.pk])
    words = {"title": "Prelude", "licence": "CC BY 4.0", "source": "an archive"}

    page = client.post(url, words, follow=True).content.decode()

    recording.refresh_from_db()
    assert "<h1>Prelude</h1>" in page
    assert {name: getattr(recording, name) for name in words} == words
    refused = client.post(url, {"title": " "}, follow=True).content.decode()
    assert "A title is needed." in refused


@pytest.mark.parametrize("title", ["", "x" * 201, "two\nlines"])
def test_a_title_is_one_line(recording, title):
    with pytest.raises(EarwitnessError, match="title must"):
        describe_recording(recording=recording, title=title)


def test_a_recording_goes_with_its_explanations(client, recording):
    make_explanation(recording)

    gone = client.post(reverse("delete_recording", args=[recording.pk]))

    assert gone.url == reverse("library")
    assert (Recording.objects.count(), Explanation.objects.count()) == (0, 0)


def test_a_recording_in_a_study_stays(client, recording):
    study = make_study(recording.owner, title="Still needed")
    used = study.items.get(number=1).recording

    page = client.post(reverse("delete_recording", args=[used.pk]), follow=True)

    assert "is in “Still needed”." in page.content.decode()
    assert Recording.objects.filter(pk=used.pk).exists()


def test_a_recording_in_anothers_controls_stays(recording):
    other = make_explanation(make_recording(recording.owner, "Another"))
    Explanation.objects.filter(pk=other.pk).update(other_recording=recording)

    with pytest.raises(NotAllowedNow, match="in those of “Another”"):
        delete_recording(recording=recording)


def test_a_recording_being_explained_stays(recording):
    explanation = make_explanation(recording, done=False)
    Explanation.objects.filter(pk=explanation.pk).update(
        state="running", lease_until=explanation.created_at
    )

    with pytest.raises(NotAllowedNow, match="must not be explained while it is deleted"):
        delete_recording(recording=recording)
