"""Whoever holds a sitting's link takes back what was given: by POST, once, at any time."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.responses.models import (
    Invitation,
    Participant,
    PlayEvent,
    Recruit,
    Response,
    Sitting,
    Trial,
    Withdrawal,
)
from evalsite.responses.withdrawal import blank_words
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import Listener

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BLOCKS = [{"practice": False}]


def make_study(policy: str = "delete"):
    return make_open_study(blocks=BLOCKS, withdrawal=policy, n_recordings=1)


def find_url(listener: Listener) -> str:
    return reverse("withdraw", args=[listener.sitting.resume_token])


def count_rows() -> list[int]:
    kinds = (Participant, Sitting, Trial, Response, PlayEvent)
    return [kind.objects.count() for kind in kinds]


def test_showing_the_page_changes_nothing():
    listener = Listener(make_study()).pass_pages().answer_all()
    before, url = count_rows(), find_url(listener)

    page = Client().get(url)
    Client().head(url)

    assert b"everything you gave is deleted" in page.content
    assert (count_rows(), Withdrawal.objects.count()) == (before, 0)


def test_foreign_page_withdraws_nothing():
    listener = Listener(make_study()).pass_pages()

    response = Client(enforce_csrf_checks=True).post(find_url(listener))

    assert response.status_code == 403
    assert Sitting.objects.count() == 1


@pytest.mark.parametrize("is_finished", [True, False])
def test_everything_is_deleted_and_only_the_count_stays(is_finished):
    listener = Listener(make_study()).pass_pages()
    if is_finished:
        listener.answer_all()
    token, url = listener.sitting.resume_token, find_url(listener)

    page = Client().post(url, follow=True)

    assert b"Your data are withdrawn" in page.content
    assert count_rows() == [0, 0, 0, 0, 0]
    [withdrawal] = Withdrawal.objects.all()
    assert token not in str(vars(withdrawal))
    assert listener.client.get(reverse("sitting")).status_code == 403
    assert Client().get(reverse("resume", args=[token])).status_code == 404


def test_second_time_does_nothing_and_says_the_same():
    study = make_study()
    listener, other = Listener(study).pass_pages(), Listener(study).pass_pages()
    url = find_url(listener)

    pages = [Client().post(url, follow=True).content for _ in range(2)]

    assert all(b"Your data are withdrawn" in page for page in pages)
    assert Withdrawal.objects.count() == 1
    assert Sitting.objects.get() == other.sitting


def test_unknown_link_is_not_found():
    url = reverse("withdraw", args=["x" * 32])

    assert Client().get(url).status_code == 404
    assert Client().post(url).status_code == 404
    assert Withdrawal.objects.count() == 0


def test_anonymised_answers_stay_and_nothing_leads_to_the_person():
    listener = Listener(make_study("anonymise")).pass_pages().answer_all()
    before, name = listener.sitting, listener.sitting.participant.pseudonym
    answers = list(Response.objects.values_list("answer", flat=True))
    url = find_url(listener)

    assert b"Your other answers stay" in Client().get(url).content
    Client().post(url)
    Client().post(url)

    after = Sitting.objects.get()
    assert list(Response.objects.values_list("answer", flat=True)) == answers
    assert (after.background, PlayEvent.objects.count()) == ({}, 0)
    assert after.participant.pseudonym != name
    assert (Participant.objects.count(), Withdrawal.objects.count()) == (1, 1)
    assert {after.resume_token, after.cookie_hash}.isdisjoint(
        {before.resume_token, before.cookie_hash}
    )
    assert Response.objects.get().device == {}


def test_anonymising_leaves_no_way_from_recruitment():
    study = make_study("anonymise")
    listener = Listener(study).pass_pages().answer_all()
    url, sitting = find_url(listener), listener.sitting
    sitting.invitation = Invitation.objects.create(study=study, number=1)
    sitting.begin_hash = "b" * 64
    sitting.save()
    Recruit.objects.create(study=study, sitting=sitting, person="5f3c")

    Client().post(url)

    sitting = Sitting.objects.get()
    assert (sitting.invitation, sitting.begin_hash) == (None, None)
    # Whatever points at a sitting goes, but for the answers themselves.
    kept = {
        relation.related_model.__name__
        for relation in Sitting._meta.related_objects
        if relation.related_model.objects.filter(**{relation.field.name: sitting}).exists()
    }
    assert kept == {"Trial"}


def test_anonymising_without_an_answer_deletes():
    listener = Listener(make_study("anonymise")).pass_pages()

    Client().post(find_url(listener))

    assert count_rows() == [0, 0, 0, 0, 0]


def test_who_withdraws_after_the_study_is_closed_is_heard():
    study = make_study()
    listener = Listener(study).pass_pages().answer_all()
    close_study(study=study)

    Client().post(find_url(listener))

    assert Sitting.objects.count() == 0


def test_place_of_who_withdrew_returns():
    study = make_study()
    first = Listener(study).pass_pages().answer_all()
    row = first.sitting.arm.row

    Client().post(find_url(first))

    assert Listener(study).pass_pages().sitting.arm.row == row


@pytest.mark.parametrize("page", ["consent", "thanks"])
def test_pages_from_consent_to_the_end_name_the_address(page):
    listener = Listener(make_study()).begin()
    if page == "thanks":
        listener.go_on().answer_all()

    content = listener.client.get(reverse(page)).content.decode()

    assert (
        "everything you gave is deleted" if page == "consent" else find_url(listener)
    ) in content


def test_link_of_an_ended_sitting_leads_to_withdrawal_only():
    listener = Listener(make_study()).pass_pages().answer_all()
    url = reverse("resume", args=[listener.sitting.resume_token])

    assert find_url(listener) in Client().get(url).content.decode()
    assert Client().post(url).status_code == 404


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"words": "I am Ada"}, {"words": ""}),
        ({"words": {"a": "Ada", "b": ""}}, {"words": {"a": "", "b": ""}}),
        ({"ratings": {"a": 1}}, {"ratings": {"a": 1}}),
    ],
)
def test_words_are_blanked(answer, left):
    assert blank_words(answer) == left
