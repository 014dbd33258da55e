"""A sitting with every registered trial type: all that its browser receives tells nothing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from evalsite.responses.panels import change_panel
from evalsite.studies.models import Study
from evalsite.studies.trial_types import list_names
from tests.factories import make_open_study, make_user
from tests.responses.listener import HANDLER, Listener, make_body
from tests.responses.test_blind import MARK, METADATA_CHUNKS, list_secrets
from tests.responses.test_checks import answer_attempt

pytestmark = pytest.mark.django_db

ADDRESS = re.compile(rb"/sitting/(?:trials|clips|checks)/[A-Za-z0-9_-]{16,}[A-Za-z0-9_./-]*")
MEDIA = re.compile(rb"/sitting/(?:volume|(?:trials|clips|checks)/[A-Za-z0-9_-]+(?:/[a-z]+)?)\.\w+")
PERSON = "5f3c1e9a7b2d4c0012345678"


@dataclass
class Received:
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def whole(self) -> bytes:
        """Headers and words; of a sound the part before its samples."""
        body = self.body
        if self.url.endswith(".wav"):
            body = body[: body.index(b"data")]
        elif self.url.endswith(".png"):
            body = body[: body.index(b"IDAT")]
        return repr(sorted(self.headers.items())).encode() + body


@dataclass
class Recorder(Client):
    """Django's client that keeps all it receives, and fetches the sounds and pictures of pages."""

    seen: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.handler = HANDLER

    def request(self, **request) -> HttpResponse:
        response = super().request(**request)
        body = response.getvalue() if response.streaming else response.content
        url = request["PATH_INFO"]
        self.seen.append(Received(url, dict(response.headers), body))
        if response["Content-Type"].startswith("text/html") and response.status_code == 200:
            known = {one.url for one in self.seen}
            for address in sorted(set(MEDIA.findall(body))):
                if address.decode() not in known:
                    self.get(address.decode())
        return response

    def list_addresses(self) -> set[str]:
        found = {found.decode() for one in self.seen for found in ADDRESS.findall(one.whole)}
        return found | {one.url for one in self.seen if ADDRESS.fullmatch(one.url.encode())}


def make_full_study(**options: object) -> Study:
    blocks = [
        {
            "name": name,
            "trial_type": name,
            "instructions": "What to do in this block.",
            "break_after": True,
        }
        for name in list_names()
    ]
    study = make_open_study(
        make_user("hidden-owner"),
        title="Secret title of the study",
        blocks=blocks,
        checks=[{"kind": "antiphase"}],
        **options,
    )
    change_panel(study=study, codes={"completed": "C0MPLETED", "full": "FULLFULL1"})
    return study


def take_sitting(study: Study, person: str = PERSON) -> Listener:
    listener = Listener(study)
    listener.client = Recorder()
    listener.link += f"?PROLIFIC_PID={person}&STUDY_ID=panelstudy&SESSION_ID=panelsession"
    listener.client.get(listener.link)
    listener.begin().client.seen.clear()  # The link itself carries its token.
    while (step := listener.next())["step"] != "thanks":
        page = listener.client.get(step["url"])
        assert page.status_code == 200, step
        if step["step"] == "trial":
            trial = listener.open_trial()
            assert listener.send(trial, make_body(trial)).status_code == 200
            listener.client.get(step["url"])
        elif step["step"] == "consent":
            listener.agree()
        elif step["step"] == "about":
            listener.client.post(step["url"], {"training": "0", "device": "headphones"})
        elif step["step"] == "checks":
            answer_attempt(listener, n_right=6)
        else:
            assert listener.client.post(step["url"]).status_code == 302
    return listener


def test_all_that_a_browser_receives_tells_nothing():
    study = make_full_study()

    mine, other = take_sitting(study), take_sitting(study, "another-person")

    types = set(mine.sitting.trials.values_list("trial_type", flat=True))
    assert types == set(list_names())
    check_words(study, mine)
    check_sounds(mine)
    check_addresses(mine, other)


def check_words(study: Study, listener: Listener) -> None:
    # What a trial type declares as shown may name a target among its choices.
    targets = {item.target.encode() for item in study.items.all()}
    hidden = list_secrets(study) - targets
    hidden |= {b"panelstudy", b"panelsession", PERSON.encode(), b"C0MPLETED", b"FULLFULL1"}
    assert len(listener.client.seen) > 100
    for one in listener.client.seen:
        assert [word for word in hidden if word in one.whole] == [], one.url
        for condition in (b"kept", b"original", b"removed"):
            assert not re.search(MARK + condition + MARK, one.whole), one.url
        assert not {"ETag", "Last-Modified", "Server-Timing"} & set(one.headers), one.url


def check_sounds(listener: Listener) -> None:
    """No metadata, one name for all, and one length within a trial."""
    sounds = {one.url: one for one in listener.client.seen if one.url.endswith(".wav")}
    for one in sounds.values():
        assert one.body[:4] == b"RIFF", one.url
        assert not [chunk for chunk in METADATA_CHUNKS if chunk in one.whole]
        assert one.headers["Content-Disposition"] == 'inline; filename="clip.wav"'
    for trial in listener.sitting.trials.filter(is_practice=False):
        urls = [
            reverse("sitting_clip", args=[name])
            for name in trial.signals.values_list("name", flat=True)
        ]
        assert len({len(sounds[url].body) for url in urls}) == 1, trial.trial_type


def check_addresses(mine: Listener, other: Listener) -> None:
    """Another sitting's are others, and are refused; of sounds ranges are answered."""
    addresses = mine.client.list_addresses()
    kinds = {re.sub(r"/[A-Za-z0-9_-]{16,}", "/…", address) for address in addresses}
    assert {"/sitting/trials/…/", "/sitting/clips/….wav", "/sitting/checks/….wav"} <= kinds
    assert not addresses & other.client.list_addresses()
    stranger = Client()
    stranger.handler = HANDLER
    body = json.dumps(make_plain_body())
    for address in sorted(addresses):
        if address.endswith("/answer"):
            answers = [
                client.post(address, body, content_type="application/json")
                for client in (other.client, stranger)
            ]
        else:
            answers = [client.get(address) for client in (other.client, stranger)]
        assert [answer.status_code for answer in answers] == [404, 403], address
        if address.endswith(".wav"):
            part = mine.client.get(address, headers={"Range": "bytes=0-9"})
            beyond = mine.client.get(address, headers={"Range": "bytes=99999999-"})
            assert (part.status_code, part["Content-Length"]) == (206, "10"), address
            assert beyond.status_code == 416, address


def make_plain_body() -> dict[str, object]:
    described = {"n_plays": {}, "heard": {}, "n_switches": 0, "n_focus_losses": 0, "device": {}}
    about = {"v": 2, "key": "k" * 22, "answer": {}, "elapsed_ms": 1, "events": []}
    return {**about, **described}
