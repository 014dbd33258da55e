"""The pages of a sitting: the server says which is next, whatever the browser asks for."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.responses.models import Participant, Response, Sitting, Trial
from evalsite.responses.queries import COOKIE_NAME
from evalsite.responses.services import screen_out
from evalsite.studies.services import close_study
from tests.factories import make_open_study, make_study
from tests.responses.listener import Listener, make_body

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def study():
    return make_open_study()


def test_welcome_consumes_nothing_when_shown(client, study):
    for _ in range(100):
        assert client.get(reverse("welcome", args=[study.link_token])).status_code == 200

    assert Participant.objects.count() == 0
    assert COOKIE_NAME not in client.cookies


def test_begin_sets_a_cookie_that_scripts_and_other_sites_cannot_use(study):
    cookie = Listener(study).begin().client.cookies[COOKIE_NAME]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert len(cookie.value) >= 43  # 256 bits
    assert not Sitting.objects.filter(cookie_hash=cookie.value).exists()


def test_begin_over_https_sets_a_secure_cookie(client, study):
    client.post(reverse("welcome", args=[study.link_token]), secure=True)

    assert client.cookies[COOKIE_NAME]["secure"]


def test_begin_ignores_a_cookie_the_client_chose(study):
    listener = Listener(study)
    listener.client.cookies[COOKIE_NAME] = "chosen-by-the-client"

    listener.begin()

    assert listener.client.cookies[COOKIE_NAME].value != "chosen-by-the-client"


def test_pages_come_in_their_order(study):
    listener = Listener(study).begin()
    seen = [listener.next()["step"]]
    listener.agree()
    seen.append(listener.next()["step"])
    listener.client.post(reverse("about"), {"training": "0", "device": "headphones"})
    seen.append(listener.next()["step"])
    listener.client.post(reverse("instructions"))
    seen.append(listener.next()["step"])
    listener.answer_all()
    seen.append(listener.next()["step"])

    assert seen == ["consent", "about", "instructions", "trial", "thanks"]
    assert listener.sitting.background == {"training": "0", "device": "headphones"}


@pytest.mark.parametrize("name", ["about", "instructions", "thanks", "declined", "sitting_closed"])
def test_page_out_of_turn_leads_to_the_next(study, name):
    listener = Listener(study).begin()

    response = listener.client.get(reverse(name))

    assert response.status_code == 302
    assert response.url == reverse("consent")


def test_consent_must_be_agreed(study):
    listener = Listener(study).begin()

    response = listener.client.post(reverse("consent"), {})

    assert b"Tick the box" in response.content
    assert listener.sitting.state == Sitting.State.STARTED
    assert Trial.objects.count() == 0


def test_consent_records_its_version_once(study):
    listener = Listener(study).begin().agree().agree()

    sitting = listener.sitting
    assert sitting.consent_version == study.protocol["consent"]["version"]
    assert (sitting.arm, sitting.trials.count()) == (None, 0)


def test_trials_are_laid_out_after_the_last_page_before_them(study):
    listener = Listener(study).pass_pages()

    sitting = listener.sitting
    assert [trial.position for trial in sitting.trials.all()] == [0, 1, 2, 3]
    assert sitting.arm.row == 0
    assert sitting.group == "musicians"


def test_declining_ends_kindly(study):
    listener = Listener(study).begin()

    response = listener.client.post(reverse("decline"), follow=True)

    assert b"That is fine" in response.content
    assert listener.sitting.state == Sitting.State.DECLINED


def test_about_needs_every_answer(study):
    listener = Listener(study).begin().agree()

    response = listener.client.post(reverse("about"), {"training": "99", "device": "headphones"})

    assert response.status_code == 200
    assert listener.next()["step"] == "about"


def test_each_recording_is_heard_once_in_the_order_of_the_seed(study):
    sitting = Listener(study).pass_pages().sitting

    trials = sitting.trials.filter(is_practice=False).select_related("item")
    assert len({trial.item.recording_id for trial in trials}) == 3
    assert len({trial.item.condition for trial in trials}) == 3


def test_practice_is_skipped_where_the_protocol_says_so():
    listener = Listener(make_open_study(practice=False)).pass_pages()

    assert listener.next()["trial"]["position"] == 1
    listener.answer_all()
    assert Response.objects.filter(trial__is_practice=True).count() == 0
    assert listener.sitting.state == Sitting.State.FINISHED


def test_trial_page_stamps_its_first_showing_only(study):
    listener = Listener(study).pass_pages()
    name = listener.next()["trial"]["name"]
    url = reverse("trial", args=[name])
    assert Trial.objects.get(name=name).presented_at is None

    listener.client.get(url)
    first = Trial.objects.get(name=name).presented_at
    listener.client.get(url)

    assert first is not None
    assert Trial.objects.get(name=name).presented_at == first


def test_answered_trial_shows_as_answered_and_leads_on(study):
    listener = Listener(study).pass_pages()
    trial = listener.open_trial()
    listener.send(trial, make_body(trial))

    response = listener.client.get(reverse("trial", args=[trial["name"]]))

    assert b"has been answered" in response.content
    assert reverse("sitting").encode() in response.content
    assert response["Cache-Control"] == "no-store"


def test_later_trial_is_not_shown_before_its_turn(study):
    listener = Listener(study).pass_pages()
    later = listener.sitting.trials.get(position=2)

    response = listener.client.get(reverse("trial", args=[later.name]))

    assert response.url == listener.next()["url"]
    later.refresh_from_db()
    assert later.presented_at is None


def test_sitting_of_somebody_else_is_not_found(study):
    mine, other = Listener(study).pass_pages(), Listener(study).pass_pages()
    trial = other.open_trial()

    assert mine.client.get(reverse("trial", args=[trial["name"]])).status_code == 404
    assert mine.send(trial, make_body(trial)).status_code == 404
    assert mine.client.get(trial["signals"][0]["url"]).status_code == 404


def test_pages_without_a_sitting_say_so(client):
    assert client.get(reverse("sitting")).status_code == 403
    answer = client.get(reverse("sitting_next"), headers={"Accept": "application/json"})
    assert answer.json()["error"]["code"] == "no_sitting"


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_link_of_a_study_that_is_not_open_begins_nothing(client, state):
    study = make_study() if state == "draft" else close_study(study=make_open_study())
    url = reverse("welcome", args=[study.link_token])

    assert client.get(url).status_code == 200
    client.post(url)

    assert Sitting.objects.count() == 0


def test_pilot_of_a_draft_is_marked_and_leaves_the_arms_alone():
    study = make_study()

    pilots = [Listener(study, is_pilot=True).pass_pages().answer_all() for _ in range(4)]

    assert [pilot.sitting.is_pilot for pilot in pilots] == [True] * 4
    assert [pilot.sitting.arm.row for pilot in pilots] == [0, 1, 2, 0]
    assert Listener(study, is_pilot=True).pass_pages().sitting.arm.row == 1


def test_closing_ends_sittings_in_the_middle_and_keeps_what_was_saved(study):
    listener = Listener(study).pass_pages()
    trial = listener.open_trial()
    listener.send(trial, make_body(trial))
    current = listener.open_trial()

    close_study(study=study)

    refused = listener.send(current, make_body(current))
    assert refused.status_code == 409
    assert refused.json()["next"] == reverse("sitting_closed")
    page = listener.client.get(reverse("sitting"), follow=True)
    assert b"This study has ended" in page.content
    assert Response.objects.count() == 1


def test_consent_after_the_closing_leads_to_the_closed_page(study):
    listener = Listener(study).begin()
    close_study(study=study)

    listener.agree()

    assert listener.next()["step"] == "closed"
    assert listener.sitting.state == Sitting.State.STARTED


def test_resume_link_moves_the_sitting_to_another_device(study):
    listener = Listener(study).pass_pages()
    sitting = listener.sitting
    url = reverse("resume", args=[sitting.resume_token])
    other = Client()

    other.get(url)
    assert listener.client.get(reverse("sitting")).status_code == 302
    other.post(url)

    assert other.get(reverse("sitting")).url == reverse(
        "trial", args=[sitting.trials.get(position=0).name]
    )
    assert listener.client.get(reverse("sitting")).status_code == 403


def test_welcome_offers_to_go_on_where_the_device_was(study):
    listener = Listener(study).begin()

    page = listener.client.get(listener.link)

    assert b"can go on" in page.content


@pytest.mark.parametrize("path", ["/s/%00/", "/sitting/trials/%00/", "/sitting/clips/%00.wav"])
def test_nul_in_an_address_is_not_found(study, path):
    assert Listener(study).begin().client.get(path).status_code == 404


def test_break_and_instructions_come_between_blocks():
    blocks = [
        {"name": "first", "practice": False, "break_after": True},
        {"name": "second", "practice": False, "instructions": "Now listen to the bass."},
    ]
    listener = Listener(make_open_study(blocks=blocks, n_recordings=1)).pass_pages()
    trial = listener.open_trial()
    listener.send(trial, make_body(trial))

    assert listener.next()["step"] == "pause"
    page = listener.client.get(reverse("pause")).content
    assert b"Time for a break" in page and b"Now listen to the bass." in page
    name = listener.sitting.trials.get(position=2).name
    assert listener.client.get(reverse("trial", args=[name])).url == reverse("pause")
    listener.client.post(reverse("pause"))
    assert listener.next()["step"] == "trial"
    assert listener.client.get(reverse("pause")).status_code == 302


def test_pilot_of_several_blocks_answers_each():
    blocks = [
        {"name": "first", "repeats": 1, "catch": 1},
        {"name": "second", "ask_familiarity": False, "min_heard": 0.1, "training": 1},
    ]
    study = make_study(blocks=blocks)
    listener = Listener(study, is_pilot=True).pass_pages().answer_all()

    trials = list(listener.sitting.trials.select_related("item", "response"))
    kinds = [(trial.block, trial.item.kind) for trial in trials]
    assert kinds.count(("first", "main")) == 4
    assert kinds.count(("first", "catch")) == 1
    assert kinds[0] == ("first", "practice")
    assert kinds[6:] == [("second", kind) for kind in ("practice", "training", "main", "main")]
    assert [trial.position for trial in trials] == [0, 1, 2, 3, 4, 5, 5, 5, 6, 7]
    asked = {trial.block: "familiarity" in trial.response.answer for trial in trials}
    assert asked == {"first": True, "second": False}


def test_seconds_that_must_be_heard_are_the_block_s():
    blocks = [{"practice": False, "min_heard": 0.4}]
    listener = Listener(make_open_study(blocks=blocks)).pass_pages()
    trial = listener.open_trial()
    little = make_body(trial, heard={"A": [[0.0, 0.1]]})

    refused = listener.send(trial, little)

    assert refused.status_code == 422
    assert "for 0.4 seconds, 0.3 seconds of 0.4 are missing" in refused.json()["error"]["message"]
    assert listener.send(trial, {**little, "heard": {"A": [[0.2, 0.4]]}}).status_code == 200


def test_screened_out_sitting_ends_kindly_and_returns_its_place(study):
    listener = Listener(study).pass_pages()
    screen_out(sitting=listener.sitting)

    page = listener.client.get(reverse("sitting"), follow=True)

    assert b"Thank you for coming" in page.content
    assert listener.next()["step"] == "screened_out"
    assert Listener(study).pass_pages().sitting.arm == listener.sitting.arm
