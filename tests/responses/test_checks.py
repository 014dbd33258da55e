"""A sitting's headphone checks: passed, failed, tried again, ended; answered once, blind."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from evalsite.responses.models import CheckRound, Sitting
from tests.factories import make_open_study
from tests.responses.listener import Listener

pytestmark = pytest.mark.django_db


def make_listener(fail: str = "end", kind: str = "antiphase") -> Listener:
    study = make_open_study(blocks=[{}], checks=[{"kind": kind, "fail": fail}])
    return Listener(study).pass_pages()


def make_check_body(check_round: dict, choice: object, **changes: object) -> dict:
    body = {
        "v": 2,
        "key": secrets.token_hex(16),
        "answer": {"choice": choice},
        "heard": {"A": [[0.0, check_round["signals"][0]["duration"]]]},
        "n_plays": {"A": 1},
        "n_switches": 0,
        "n_focus_losses": 0,
        "elapsed_ms": 9000,
        "events": [],
        "device": {},
    }
    return {**body, **changes}


def open_round(listener: Listener) -> dict:
    """Show the round that is next, as if it had been open for an hour."""
    check_round = listener.next()["round"]
    assert listener.client.get(reverse("checks")).status_code == 200
    an_hour_ago = timezone.now() - timedelta(hours=1)
    CheckRound.objects.filter(name=check_round["name"]).update(presented_at=an_hour_ago)
    return check_round


def send(listener: Listener, check_round: dict, body: dict):
    return listener.client.post(
        check_round["answer_url"], json.dumps(body), content_type="application/json"
    )


def answer_attempt(listener: Listener, *, n_right: int) -> None:
    for number in range(6):
        check_round = open_round(listener)
        key = CheckRound.objects.get(name=check_round["name"]).key
        choice = key if number < n_right else key % 3 + 1
        reply = send(listener, check_round, make_check_body(check_round, choice))
        assert reply.status_code == 200, reply.content


def test_five_of_six_pass_and_the_sitting_goes_on():
    listener = make_listener()

    answer_attempt(listener, n_right=5)

    assert listener.next()["step"] == "trial"
    assert listener.sitting.check_rounds.filter(attempt=1).count() == 6


def test_four_of_six_may_be_tried_once_more_in_another_order():
    listener = make_listener()
    answer_attempt(listener, n_right=4)

    assert listener.next()["round"] is None
    page = listener.client.get(reverse("checks")).content.decode()
    assert "You can try once more" in page
    assert listener.client.post(reverse("checks")).status_code == 302
    answer_attempt(listener, n_right=6)

    assert listener.next()["step"] == "trial"
    keys = [[one.key for one in listener.sitting.check_rounds.filter(attempt=k)] for k in (1, 2)]
    assert sorted(keys[0]) == sorted(keys[1]) == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(("fail", "step"), [("end", "screened_out"), ("note", "trial")])
def test_failing_twice_ends_or_is_noted(fail, step):
    listener = make_listener(fail)
    answer_attempt(listener, n_right=0)
    listener.client.post(reverse("checks"))
    answer_attempt(listener, n_right=4)

    assert listener.next()["step"] == step
    is_out = listener.sitting.state == Sitting.State.SCREENED_OUT
    assert is_out == (fail == "end")
    listener.client.post(reverse("checks"))
    assert listener.sitting.check_rounds.count() == 12


def test_an_answer_counts_once_whatever_is_sent_again():
    listener = make_listener()
    check_round = open_round(listener)
    body = make_check_body(check_round, 2)

    assert [send(listener, check_round, body).status_code for _ in range(2)] == [200, 200]
    other = send(listener, check_round, make_check_body(check_round, 3))

    assert other.status_code == 409
    assert "answered already" in other.json()["error"]["message"]
    assert CheckRound.objects.get(name=check_round["name"]).answer == 2


@pytest.mark.parametrize("choice", [0, 4, "1", True, None, 1.0])
def test_a_choice_that_is_none_is_refused(choice):
    listener = make_listener()
    check_round = open_round(listener)

    reply = send(listener, check_round, make_check_body(check_round, choice))

    assert reply.status_code == 400
    assert "choice, a whole number from 1 to 3" in reply.json()["error"]["message"]


def test_an_unheard_round_is_refused_by_account_and_by_clock():
    listener = make_listener()
    check_round = open_round(listener)
    unheard = make_check_body(check_round, 1, heard={"A": [[0.0, 2.0]]})
    assert send(listener, check_round, unheard).status_code == 422

    CheckRound.objects.update(presented_at=timezone.now())
    assert send(listener, check_round, make_check_body(check_round, 1)).status_code == 422
    assert not CheckRound.objects.filter(answer__isnull=False).exists()


def test_rounds_come_one_after_the_other_and_are_the_sittings_own():
    listener = make_listener()
    open_round(listener)
    later = CheckRound.objects.get(number=2)
    url = reverse("check_answer", args=[later.name])
    body = make_check_body(listener.next()["round"], 1)

    assert send(listener, {"answer_url": url}, body).status_code == 409
    assert listener.client.get(reverse("check_sound", args=[later.name])).status_code == 404
    other = make_listener()
    name = CheckRound.objects.get(number=1, sitting=listener.sitting).name
    assert other.client.get(reverse("check_sound", args=[name])).status_code == 404


def test_what_the_browser_gets_does_not_tell_the_answer():
    listener = make_listener(kind="huggins")
    pages, sounds = set(), []
    for _ in range(6):
        check_round = open_round(listener)
        page = listener.client.get(reverse("checks")).content.decode()
        sound = listener.client.get(check_round["signals"][0]["url"])
        stored = CheckRound.objects.get(name=check_round["name"])
        assert stored.blob not in page and stored.blob not in str(sound.headers)
        for token in (check_round["name"], f"{check_round['number']} of 6"):
            page = page.replace(token, "·")
        pages.add(page.partition("<form")[2].partition("<fieldset")[2])
        sounds.append((sound.headers["Content-Length"], len(b"".join(sound))))
        send(listener, check_round, make_check_body(check_round, 1))

    assert len(set(sounds)) == 1
    assert len({page.partition("</fieldset>")[0] for page in pages}) == 1


def test_two_sittings_get_orders_of_their_own():
    study = make_open_study(blocks=[{}], checks=[{"kind": "huggins"}])
    orders = []
    for _ in range(4):
        listener = Listener(study).pass_pages()
        listener.next()
        orders.append(tuple(listener.sitting.check_rounds.values_list("blob", flat=True)))

    assert len(set(orders)) == 4


def test_studies_without_checks_have_no_such_page():
    listener = Listener(make_open_study()).pass_pages()

    assert listener.next()["step"] == "trial"
    assert listener.client.get(reverse("checks")).status_code == 302
