"""Single-use invitations: a GET consumes nothing, one POST begins, everybody else is told."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from evalsite.common.errors import NotAllowedNow
from evalsite.responses.invitations import make_invitations, revoke_invitation
from evalsite.responses.models import Sitting
from tests.factories import make_open_study, make_study
from tests.responses.listener import HANDLER, Listener
from tests.responses.test_places import make_blocks_study, run_at_once

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def study():
    return make_open_study()


def invite(study, **options) -> Listener:
    [invitation] = make_invitations(study=study, n=1, **options)
    listener = Listener(study)
    listener.link = reverse("welcome", args=[invitation.token])
    listener.invitation = invitation
    return listener


def read_key(listener: Listener) -> str:
    page = listener.client.get(listener.link).content.decode()
    return page.split('name="key" value="')[1].split('"')[0]


def test_looking_uses_nothing_up_and_beginning_does(study):
    listener = invite(study)
    for _ in range(20):
        assert Client().get(listener.link).status_code == 200

    listener.begin()

    listener.invitation.refresh_from_db()
    assert listener.invitation.state == "used"
    assert listener.sitting.invitation == listener.invitation


def test_another_browser_is_told_that_it_was_used(study):
    listener = invite(study).begin()

    other = Client()
    answers = [other.get(listener.link), other.post(listener.link)]

    for answer in answers:
        assert answer.status_code == 410
        assert b"This invitation has been used" in answer.content
    assert "sitting" not in other.cookies
    assert Sitting.objects.count() == 1


def test_the_same_browser_goes_on(study):
    listener = invite(study).begin()

    page = listener.client.get(listener.link)
    again = listener.client.post(listener.link)

    assert b"Somebody has begun on this device" in page.content
    assert b"<form" not in page.content
    assert (again.status_code, again["Location"]) == (302, reverse("sitting"))
    assert Sitting.objects.count() == 1


def test_sitting_of_an_invitation_resumes_by_its_own_link(study):
    listener = invite(study).begin()
    url = reverse("resume", args=[listener.sitting.resume_token])

    listener.client = Client()
    listener.client.post(url)

    assert listener.next()["step"] == "consent"


@pytest.mark.django_db(transaction=True)
def test_twenty_browsers_at_once_begin_one_sitting(study):
    link = invite(study).link

    def begin(_: int) -> int:
        client = Client()
        client.handler = HANDLER
        return client.post(link).status_code

    statuses = Counter(run_at_once(20, begin))

    assert statuses == {302: 1, 410: 19}
    assert Sitting.objects.count() == 1


@pytest.mark.parametrize("is_invited", [True, False])
def test_form_sent_twice_begins_once(study, is_invited):
    """A double click, or a reload after an answer that got lost: no cookie came of the first."""
    listener = invite(study) if is_invited else Listener(study)
    key = read_key(listener)
    Client().post(listener.link, {"key": key})

    listener.client.post(listener.link, {"key": key})

    assert Sitting.objects.count() == 1
    assert listener.next()["step"] == "consent"


def test_two_forms_of_the_plain_link_begin_two_sittings(study):
    for _ in range(2):
        listener = Listener(study)
        listener.client.post(listener.link, {"key": read_key(listener)})

    assert Sitting.objects.count() == 2


def test_one_taken_back_begins_nothing_and_one_used_stays(study):
    gone, used = invite(study), invite(study).begin()
    revoke_invitation(invitation=gone.invitation)

    answer = gone.client.post(gone.link)

    assert answer.status_code == 410
    assert b"This invitation was taken back" in answer.content
    with pytest.raises(NotAllowedNow, match="must be unused to be taken back, number 2 is used"):
        revoke_invitation(invitation=used.invitation)
    assert used.next()["step"] == "consent"


def test_group_of_the_invitation_goes_before_the_rule():
    study = make_blocks_study({}, quotas={"musicians": 0})

    listener = invite(study, group="others").pass_pages(training="6-9")

    assert listener.sitting.group == "others"
    assert listener.next()["step"] == "trial"


def test_invitation_of_a_draft_waits_for_its_opening():
    listener = invite(make_study())

    answer = listener.client.post(listener.link)

    assert b"This study is not open yet" in answer.content
    listener.invitation.refresh_from_db()
    assert listener.invitation.state == "open"


def test_researcher_makes_them_and_downloads_the_links(client, study):
    client.force_login(study.owner)
    for n, group in ((2, ""), (1, "musicians")):
        client.post(reverse("study_invitations_add", args=[study.slug]), {"n": n, "group": group})
    client.post(reverse("study_invitation_revoke", args=[study.slug, 2]))

    page = client.get(reverse("study_recruiting", args=[study.slug])).content.decode()
    file = client.get(reverse("study_invitations_csv", args=[study.slug])).content.decode()

    rows = list(csv.DictReader(io.StringIO(file)))
    assert [(row["number"], row["group"], row["state"]) for row in rows] == [
        ("1", "", "open"),
        ("2", "", "revoked"),
        ("3", "musicians", "open"),
    ]
    assert rows[0]["link"] in page and rows[1]["link"] not in page
    assert Client().get(rows[2]["link"]).status_code == 200


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({"n": 0}, "greater than or equal to 1"), ({"n": 1, "group": "x"}, "Select a valid choice")],
)
def test_wrong_numbers_and_groups_are_refused(client, study, given, sentence):
    client.force_login(study.owner)

    page = client.post(reverse("study_invitations_add", args=[study.slug]), given)

    assert sentence in page.content.decode()
    assert study.invitations.count() == 0


def test_api_makes_lists_and_takes_back(study):
    api = APIClient()
    api.force_authenticate(study.owner)
    url = f"/api/v1/studies/{study.slug}/invitations/"

    made = api.post(url, {"n": 2, "group": "others"}, format="json")
    revoked = api.post(f"{url}1/revoke/")
    refused = api.post(url, {"n": 1, "group": "nobody"}, format="json")

    assert made.status_code == 201
    assert [one["number"] for one in made.json()] == [1, 2]
    assert revoked.json()["state"] == "revoked"
    assert [one["state"] for one in api.get(url).json()] == ["revoked", "open"]
    assert refused.status_code == 400
    assert "group must be one of the protocol's (musicians, others)" in refused.content.decode()
    assert Client().get(made.json()[1]["link"]).status_code == 200
