"""What a participant's browser receives tells nothing of conditions, targets or things to come."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.common.blobs import find_blob
from evalsite.responses.models import Sitting
from evalsite.responses.queries import hash_cookie
from evalsite.responses.rehearsal import ParticipantClient
from evalsite.studies.models import Study
from evalsite.studies.trial_types import list_names
from tests.factories import make_open_study, make_user
from tests.responses.listener import Listener, make_body

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# Each chunk of a WAV that could carry words.
METADATA_CHUNKS = (b"LIST", b"INFO", b"id3 ", b"bext", b"iXML", b"cue ", b"fact")
TOKENS = re.compile(rb"[A-Za-z0-9_-]{22}|value=\"[A-Za-z0-9]{64}\"|csrftoken=[A-Za-z0-9]+")


# "Kept" and "original" are English too: as values they stand between marks like these.
MARK = rb"[\"'=/_.:;,-]"


def list_secrets(study: Study) -> set[bytes]:
    """Every word and hash that would tell something, as it stands in the database."""
    words = {study.title, study.slug, study.link_token, study.pilot_token, study.owner.username}
    words |= {study.protocol_digest, "control_", "condition"}
    for item in study.items.filter(kind="main"):
        words |= {item.target, *(signal.blob for signal in item.signals.all())}
        words |= {item.recording.title, item.recording.file_name, item.recording.sha256}
        words |= {item.explanation.recipe_digest, item.explanation.model.name}
        words |= {item.explanation.model.title}
    for sitting in study.sittings.all():
        words |= {str(sitting.seed), sitting.participant.pseudonym}
    return {word.encode() for word in words if word}


@pytest.mark.django_db(transaction=True)
def test_whole_sitting_receives_no_secret(live_server):
    study = make_open_study(make_user("hidden-owner"), title="Secret title of the study")
    client = ParticipantClient(live_server.url)

    client.take_sitting(reverse("welcome", args=[study.link_token]))

    hidden = list_secrets(study)
    assert len(client.seen) > 15
    for page in client.seen[2:]:  # the link itself carries its token
        heads = "\n".join(f"{name}: {value}" for name, value in page.headers.items()).encode()
        received = heads if page.url.endswith(".wav") else heads + page.body
        assert [word for word in hidden if word in received] == [], page.url
        for condition in (b"kept", b"original", b"removed"):
            assert not re.search(MARK + condition + MARK, received), page.url
        assert "ETag" not in page.headers
        assert "Last-Modified" not in page.headers


@pytest.mark.parametrize("trial_type", list_names())
def test_same_trial_is_byte_equal_in_each_condition(trial_type):
    """Description, page, heads of the clips, acknowledgement: but for tokens the same bytes."""
    study = make_open_study(blocks=[{"trial_type": trial_type, "practice": False}])
    n_rows = study.arms.count()
    received, conditions = set(), []
    for _ in range(n_rows):
        listener = Listener(study).begin()
        Sitting.objects.filter(pk=listener.sitting.pk).update(seed=1)
        listener.go_on()
        described = listener.client.get(reverse("sitting_next")).content
        trial = listener.open_trial()
        page = listener.client.get(reverse("trial", args=[trial["name"]]))
        clips = [listener.client.get(signal["url"]) for signal in trial["signals"]]
        body = make_body(trial, key="k" * 22)
        answered = listener.send(trial, body)
        heads = [sorted(answer.headers.items()) for answer in (page, *clips, answered)]
        received.add(
            TOKENS.sub(b"token", b"".join((described, page.content, answered.content)))
            + TOKENS.sub(b"token", repr(heads).encode())
        )
        conditions.append(listener.sitting.trials.get(name=trial["name"]).item.condition)

    assert len(set(conditions)) == n_rows
    assert len(received) == 1


@pytest.mark.parametrize("trial_type", list_names())
def test_unheard_trial_of_every_type_is_refused(trial_type):
    study = make_open_study(blocks=[{"trial_type": trial_type, "practice": False}])
    listener = Listener(study).pass_pages()
    trial = listener.open_trial()
    body = make_body(trial)
    unheard = make_body(trial, heard={}, n_plays={})
    half = {label: stretches for label, stretches in list(body["heard"].items())[1:]}

    assert listener.send(trial, unheard).status_code == 422
    assert listener.send(trial, {**body, "heard": half}).status_code == 422
    assert listener.send(trial, {**body, "answer": {}}).status_code == 400
    assert listener.send(trial, body).status_code == 200


def test_clip_names_differ_from_sitting_to_sitting():
    study = make_open_study()
    names = [
        set(Listener(study).pass_pages().sitting.trials.values_list("signals__name", flat=True))
        for _ in range(2)
    ]

    assert not names[0] & names[1]
    assert all(len(name) >= 22 for name in names[0] | names[1])


def test_clip_to_come_is_not_served():
    listener = Listener(make_open_study()).pass_pages()
    practice, first, second, _ = listener.sitting.trials.order_by("position")
    answer = {
        trial.position: listener.client.get(
            reverse("sitting_clip", args=[trial.signals.get().name])
        ).status_code
        for trial in (practice, first, second)
    }
    shown = listener.open_trial()
    listener.send(shown, make_body(shown))

    current = listener.client.get(reverse("sitting_clip", args=[first.signals.get().name]))
    answered = listener.client.get(reverse("sitting_clip", args=[practice.signals.get().name]))

    assert answer == {0: 200, 1: 404, 2: 404}
    assert (current.status_code, answered.status_code) == (200, 200)


def test_clip_needs_the_cookie_of_its_sitting():
    listener = Listener(make_open_study()).pass_pages()
    url = listener.open_trial()["signals"][0]["url"]

    assert Client().get(url).status_code == 403


@pytest.mark.parametrize(
    ("header", "status", "length"),
    [
        ("bytes=0-99", 206, 100),
        ("bytes=100-", 206, None),
        ("bytes=-10", 206, 10),
        ("bytes=9999999-", 416, 0),
        ("bytes=0-0,2-2,4-4", 200, None),
        ("bytes=0-" + "9" * 5000, 200, None),
    ],
)
def test_clip_answers_byte_ranges(header, status, length):
    listener = Listener(make_open_study(practice=False)).pass_pages()
    trial = listener.open_trial()
    item = listener.sitting.trials.get(name=trial["name"]).item
    whole = find_blob(item.signals.get().blob).read_bytes()

    answer = listener.client.get(trial["signals"][0]["url"], headers={"Range": header})

    body = b"".join(answer) if status != 416 else b""
    assert answer.status_code == status
    if length is None:
        length = len(whole) - (100 if header == "bytes=100-" else 0)
    assert len(body) == length
    assert body in whole


def test_cookie_is_stored_as_a_hash_only():
    listener = Listener(make_open_study()).begin()
    cookie = listener.client.cookies["sitting"].value

    sitting = Sitting.objects.get()

    assert sitting.cookie_hash == hash_cookie(cookie)
    assert cookie not in str(sitting.__dict__)


def test_sounds_on_one_scale_are_byte_equal_in_any_order():
    """Which letter is the reference, an anchor or a clip shows in nothing but the sound itself."""
    parameters = {"reference": "original", "anchors": [3500]}
    block = {"trial_type": "multi_stimulus", "parameters": parameters, "practice": False}
    study = make_open_study(n_recordings=1, blocks=[block])
    received, orders = set(), set()
    for seed in range(4):
        listener = Listener(study).begin()
        Sitting.objects.filter(pk=listener.sitting.pk).update(seed=seed)
        trial = listener.go_on().open_trial()
        page = listener.client.get(reverse("trial", args=[trial["name"]]))
        clips = [listener.client.get(signal["url"]) for signal in trial["signals"]]
        headers = [b"".join(clip)[:44] for clip in clips]
        heads = [sorted(answer.headers.items()) for answer in (page, *clips)]
        received.add(TOKENS.sub(b"token", page.content + repr([trial, heads, headers]).encode()))
        orders.add(
            tuple(listener.sitting.trials.get(name=trial["name"]).key["conditions"].values())
        )

    assert len(orders) > 1
    assert len(received) == 1
    assert b"anchor" not in received.pop()
