"""A sitting speaks the language of its protocol, whatever the browser asks for."""

from __future__ import annotations

import html

import polib
import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body
from tests.support.catalog import find_catalogue

pytestmark = [pytest.mark.database, pytest.mark.django_db]

GERMAN = {
    entry.msgid
    for entry in polib.pofile(str(find_catalogue("de")))
    if " " in entry.msgid and "%" not in entry.msgid and entry.msgid != entry.msgstr
}


def find_english(content: bytes) -> list[str]:
    page = html.unescape(content.decode())
    return sorted(text for text in GERMAN if f">{text}<" in page or f'"{text}"' in page)


def test_whole_sitting_is_in_german():
    blocks = [
        {"name": name, "trial_type": name, "catch": int(name != "text"), "break_after": True}
        for name in ("presence", "rating", "pair", "abx", "text")
    ]
    study = make_open_study(language="de", blocks=blocks, n_recordings=2)
    listener = Listener(study)
    pages = [listener.client.get(listener.link)]
    listener.begin()
    while (step := listener.next())["step"] != "thanks":
        pages.append(listener.client.get(step["url"]))
        if step["step"] == "trial":
            trial = listener.open_trial()
            pages.append(listener.send(trial, make_body(trial)))
        elif step["step"] == "consent":
            pages.append(listener.client.post(step["url"]))
            listener.agree()
        elif step["step"] == "about":
            pages.append(listener.client.post(step["url"]))
            listener.client.post(step["url"], {"training": "0", "device": "headphones"})
        else:
            listener.client.post(step["url"])
    token = listener.sitting.resume_token
    pages += [listener.client.get(reverse(name)) for name in ("thanks",)]
    pages += [Client().get(reverse(name, args=[token])) for name in ("resume", "withdraw")]
    pages.append(Client().post(reverse("withdraw", args=[token]), follow=True))

    assert len(pages) > 20
    assert [find_english(page.content) for page in pages] == [[] for _ in pages]
    shown = [page.content for page in pages if page["Content-Type"].startswith("text/html")]
    assert all(b'<html lang="de">' in page for page in shown)


def test_refusals_are_in_the_language_of_the_sitting():
    study = make_open_study(language="de", blocks=[{"practice": False}], n_recordings=1)
    listener = Listener(study).pass_pages()
    trial = listener.open_trial()

    refused = listener.send(trial, make_body(trial, heard={}))

    assert refused.json()["error"]["message"].startswith("Ein Ausschnitt muss einmal bis zum Ende")


def test_browsers_wish_counts_only_where_there_is_no_study():
    study = make_open_study(n_recordings=1)
    wish = {"Accept-Language": "de"}
    client = Client(headers=wish)

    assert b'<html lang="en">' in client.get(reverse("welcome", args=[study.link_token])).content
    assert b'<html lang="de">' in client.get(reverse("sitting")).content
    wrong = client.post(reverse("sign_in"), {"username": "x", "password": "y"}).content
    assert b"Please enter a correct username" in wrong
