"""Answers are stored once, acknowledged, and refused with a sentence where they break a rule."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from evalsite.responses.models import PlayEvent, Response, Sitting, Trial
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def listener():
    """In front of the first of three clips of half a second."""
    return Listener(make_open_study(practice=False)).pass_pages()


def test_answer_is_stored_and_acknowledged(listener):
    trial = listener.open_trial()
    body = make_body(trial, heard={"A": [[0.2, 0.5], [0.0, 0.3]]}, n_plays={"A": 2})

    answer = listener.send(trial, body)

    assert answer.status_code == 200
    assert answer.json() == {
        "v": 2,
        "key": body["key"],
        "answer": body["answer"],
        "is_new": True,
        "next": listener.next()["url"],
    }
    stored = Response.objects.get()
    assert stored.answer == body["answer"]
    assert stored.heard == {"A": [[0.2, 0.5], [0.0, 0.3]]}
    assert (stored.n_plays, stored.elapsed_ms) == ({"A": 2}, 12_000)
    event = PlayEvent.objects.get(kind="answer")
    assert event.payload == {"events": body["events"]}


def test_same_key_again_gets_the_stored_answer(listener):
    trial = listener.open_trial()
    body = make_body(trial)

    first = listener.send(trial, body)
    again = listener.send(trial, body)

    assert again.status_code == 200
    assert again.json() == {**first.json(), "is_new": False}
    assert Response.objects.count() == 1


def test_another_key_is_refused_and_kept_in_the_log(listener):
    trial = listener.open_trial()
    first, late = make_body(trial), make_body(trial)
    late["answer"]["ratings"]["melodiousness"] = 1
    listener.send(trial, first)

    refused = listener.send(trial, late)

    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "answered_before"
    assert refused.json()["next"] == listener.next()["url"]
    assert Response.objects.get().answer == first["answer"]
    assert PlayEvent.objects.get(kind="late_answer").payload["answer"] == late["answer"]


@pytest.mark.django_db(transaction=True)
def test_twenty_submits_at_once_store_one_answer(listener):
    trial = listener.open_trial()
    body = make_body(trial)

    def send(_: int) -> int:
        try:
            return listener.send(trial, body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(send, range(20)))

    assert statuses == [200] * 20
    assert Response.objects.count() == 1
    assert PlayEvent.objects.filter(kind="answer").count() == 1


def test_body_of_an_older_page_is_taken(listener):
    """A page may be older than the server: version 1 knew one signal a trial."""
    trial = listener.open_trial()
    body = make_body(trial)
    old = {key: body[key] for key in ("key", "answer", "elapsed_ms", "events")}
    old |= {"v": 1, "heard": [[0.0, 0.5]], "n_plays": 3}

    assert listener.send(trial, old).status_code == 200
    stored = Response.objects.get()
    assert (stored.heard, stored.n_plays) == ({"A": [[0.0, 0.5]]}, {"A": 3})


def test_trial_that_is_not_the_current_one_is_refused(listener):
    later = listener.sitting.trials.get(position=2)
    shown = listener.open_trial()

    refused = listener.send({"name": later.name}, make_body(shown))

    assert refused.status_code == 409
    assert refused.json()["next"] == listener.next()["url"]
    assert Response.objects.count() == 0


def test_trial_that_was_never_shown_is_refused(listener):
    trial = listener.next()["trial"]

    assert listener.send(trial, make_body(trial)).status_code == 409


def test_unknown_trial_is_not_found(listener):
    trial = listener.open_trial()

    refused = listener.send({"name": "nothing"}, make_body(trial))

    assert refused.status_code == 404
    assert refused.json()["next"] == reverse("sitting")


@pytest.mark.parametrize(
    ("heard", "status"),
    [
        ([], 422),
        ([[0.0, 0.2]], 422),
        ([[0.26, 0.5]], 422),
        ([[0.5, 0.5]], 422),
        ([[0.0, 0.26]], 200),
        ([[0.24, 0.5]], 200),
        ([[0.0, 0.1], [0.2, 0.5]], 200),
        ([[0.0, 99.0]], 200),
    ],
)
def test_clip_must_have_been_heard_to_its_end(listener, heard, status):
    """Of half a second a quarter is tolerated."""
    trial = listener.open_trial()

    assert listener.send(trial, make_body(trial, heard={"A": heard})).status_code == status


def test_clip_must_have_been_open_as_long_as_it_takes(listener):
    trial = listener.next()["trial"]
    listener.client.get(reverse("trial", args=[trial["name"]]))
    Trial.objects.filter(name=trial["name"]).update(presented_at=timezone.now())

    refused = listener.send(trial, make_body(trial))

    assert refused.status_code == 422
    assert "must have been open that long" in refused.json()["error"]["message"]
    waited = timezone.now() - timedelta(seconds=trial["signals"][0]["duration"])
    Trial.objects.filter(name=trial["name"]).update(presented_at=waited)
    assert listener.send(trial, make_body(trial)).status_code == 200


def test_last_answer_finishes_the_sitting(listener):
    listener.answer_all()

    assert listener.sitting.state == Sitting.State.FINISHED
    assert listener.sitting.finished_at is not None
    assert Response.objects.count() == 3


def test_stored_answer_is_acknowledged_after_the_closing_too(listener):
    trial = listener.open_trial()
    body = make_body(trial)
    listener.send(trial, body)
    close_study(study=listener.sitting.study)

    assert listener.send(trial, body).status_code == 200


def test_answer_needs_the_cookie(listener):
    trial = listener.open_trial()
    listener.client.cookies.clear()

    answer = listener.send(trial, make_body(trial))

    assert answer.status_code == 403
    assert Response.objects.count() == 0


def with_answer(**changes):
    return lambda trial: make_body(trial, answer={**make_body(trial)["answer"], **changes})


def with_rating(value):
    def build(trial):
        answer = make_body(trial)["answer"]
        return make_body(
            trial, answer={**answer, "ratings": {**answer["ratings"], "minorness": value}}
        )

    return build


def with_text(old, new):
    def build(trial):
        text = json.dumps(make_body(trial))
        assert old in text
        return text.replace(old, new, 1).encode("utf-8", "surrogatepass")

    return build


BAD = {
    "empty": lambda trial: b"",
    "not JSON": lambda trial: b"{",
    "a list": lambda trial: b"[]",
    "null": lambda trial: b"null",
    "not UTF-8": lambda trial: b"\xff\xfe",
    "too deep": lambda trial: b"[" * 60_000,
    "NaN": with_text('"n_switches": 0', '"n_switches": NaN'),
    "infinity by exponent": with_text('"n_switches": 0', '"n_switches": 1e999'),
    "5,000 digits": with_text('"n_switches": 0', '"n_switches": ' + "9" * 5000),
    "a name twice": with_text('"v": 2', '"v": 2, "v": 2'),
    "NUL": with_text('"kind": "play"', '"kind": "play", "note": "\\u0000"'),
    "half a surrogate pair": with_text('"kind": "play"', '"kind": "play", "note": "\\ud800"'),
    "half a pair as a name": with_text('"kind": "play"', '"kind": "play", "\\udfff": 1'),
    "raw surrogate bytes": with_text('"kind": "play"', '"kind": "play", "note": "\ud800"'),
    "an unknown version": lambda trial: make_body(trial, v=3),
    "true as version": lambda trial: make_body(trial, v=True),
    "no key": lambda trial: {k: v for k, v in make_body(trial).items() if k != "key"},
    "short key": lambda trial: make_body(trial, key="x"),
    "number as key": lambda trial: make_body(trial, key=7),
    "an unknown field": lambda trial: make_body(trial, condition="kept"),
    "negative plays": lambda trial: make_body(trial, n_plays={"A": -1}),
    "plays as a float": lambda trial: make_body(trial, n_plays={"A": 1.0}),
    "plays as true": lambda trial: make_body(trial, n_plays={"A": True}),
    "a huge time": lambda trial: make_body(trial, elapsed_ms=10**30),
    "time as text": lambda trial: make_body(trial, elapsed_ms="5"),
    "heard as text": lambda trial: make_body(trial, heard="all"),
    "heard backwards": lambda trial: make_body(trial, heard={"A": [[0.5, 0.0]]}),
    "heard before 0": lambda trial: make_body(trial, heard={"A": [[-1, 0.5]]}),
    "heard with true": lambda trial: make_body(trial, heard={"A": [[False, True]]}),
    "heard in threes": lambda trial: make_body(trial, heard={"A": [[0, 0.2, 0.5]]}),
    "heard of an unknown signal": lambda trial: make_body(trial, heard={"B": [[0, 0.5]]}),
    "heard of no label": lambda trial: make_body(trial, heard={"a b": [[0, 0.5]]}),
    "a latency below 0": lambda trial: make_body(trial, device={"output_latency_ms": -1}),
    "a rate as text": lambda trial: make_body(trial, device={"sample_rate": "48000"}),
    "more of the device": lambda trial: make_body(trial, device={"name": "x"}),
    "switches as text": lambda trial: make_body(trial, n_switches="1"),
    "too many stretches": lambda trial: make_body(trial, heard={"A": [[0, 1]] * 1001}),
    "events as an object": lambda trial: make_body(trial, events={}),
    "an event without kind": lambda trial: make_body(trial, events=[{"ms": 1}]),
    "an event without time": lambda trial: make_body(trial, events=[{"kind": "play"}]),
    "answer null": lambda trial: make_body(trial, answer=None),
    "answer a list": lambda trial: make_body(trial, answer=[3, 3]),
    "answer with more": with_answer(condition="kept"),
    "ratings null": with_answer(ratings=None),
    "no ratings": with_answer(ratings={}),
    "rating 3.7": with_rating(3.7),
    "rating 3.0": with_rating(3.0),
    "rating true": with_rating(True),
    "rating null": with_rating(None),
    "rating as text": with_rating("abc"),
    "rating 0": with_rating(0),
    "rating 8": with_rating(8),
    "rating 10^30": with_rating(10**30),
    "rating a list": with_rating([3]),
    "confidence 5": with_answer(confidence=5),
    "confidence true": with_answer(confidence=True),
    "familiarity unknown": with_answer(familiarity="perhaps"),
    "familiarity a list": with_answer(familiarity=["no"]),
}


@pytest.mark.parametrize("build", BAD.values(), ids=BAD.keys())
def test_bad_body_is_refused_with_a_sentence(listener, build):
    trial = listener.open_trial()

    refused = listener.send(trial, build(trial))

    assert refused.status_code == 400, refused.content
    error = refused.json()["error"]
    assert error["message"].endswith(".")
    assert list(error["fields"].values()) == [error["message"]]
    assert Response.objects.count() == 0
    assert PlayEvent.objects.count() == 0


def test_large_body_is_refused_unread(listener):
    trial = listener.open_trial()

    refused = listener.send(trial, b'{"v": 2, "pad": "' + b"x" * 3_000_000 + b'"}')

    assert refused.status_code == 413
    assert Response.objects.count() == 0


def test_form_body_is_refused(listener):
    trial = listener.open_trial()
    url = reverse("trial_answer", args=[trial["name"]])

    assert listener.client.post(url, {"v": "1"}).status_code == 400
