"""A listener over HTTP: takes a whole sitting like a browser does, waiting while each clip plays.

Uses nothing of the site but its pages, so it may run on another machine.
"""

from __future__ import annotations

import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

import numpy as np

from evalsite.studies.blocks import FAMILIARITY
from evalsite.studies.checks import registry
from evalsite.studies.checks.base import read_wav
from evalsite.studies.trial_types import make_trial_type

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
MAX_PAGES = 2000
ENDS = ("thanks", "closed", "declined", "full", "screened_out", "returned")


class RehearsalError(RuntimeError):
    """The site did not answer as a participant needs it to."""


@dataclass(frozen=True)
class Page:
    """An answer of the site."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def read_json(self) -> dict:
        return json.loads(self.body)


Answerer = Callable[[dict, np.random.Generator], object]


def simulate_answer(trial: dict, rng: np.random.Generator) -> object:
    """What the trial type's own simulated participant says."""
    trial_type = make_trial_type(trial["trial_type"], trial["parameters"])
    answer = trial_type.simulate_answer(rng, trial["shown"])
    if trial["ask_familiarity"]:
        answer["familiarity"] = str(rng.choice(FAMILIARITY))
    return answer


def simulate_background(
    questions: Sequence[Mapping[str, Any]], rng: np.random.Generator
) -> dict[str, object]:
    """What somebody might answer to questions about the person, as their form takes it."""
    fields: dict[str, object] = {}
    for question in questions:
        if "choices" in question:
            chosen = str(rng.choice([choice["value"] for choice in question["choices"]]))
            fields[question["name"]] = [chosen] if question["kind"] == "choices" else chosen
        elif question["kind"] == "number":
            fields[question["name"]] = int(rng.integers(question["low"], question["high"] + 1))
        elif question["kind"] == "scale":
            fields[question["name"]] = int(rng.integers(1, question["points"] + 1))
        else:
            fields[question["name"]] = "nothing to add"[: question["at_most"]]
    return fields


def describe_listening(trial: dict) -> dict[str, object]:
    """The parts of an answer's body that say that each signal was heard once."""
    return {
        "heard": {signal["label"]: [[0.0, signal["duration"]]] for signal in trial["signals"]},
        "n_plays": {signal["label"]: 1 for signal in trial["signals"]},
        "n_switches": max(0, len(trial["signals"]) - 1),
        "n_focus_losses": 0,
        "device": {"sample_rate": 48_000, "output_latency_ms": 0},
    }


@dataclass
class ParticipantClient:
    """One participant with an own cookie jar.

    `answerer(trial, rng)` gives each answer; `seen` keeps every answer of the site.
    """

    base_url: str
    seed: int = 0
    answerer: Answerer = simulate_answer
    timeout: float = 30.0
    seen: list[Page] = field(default_factory=list)
    answers: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.jar = CookieJar()
        handler = urllib.request.HTTPCookieProcessor(self.jar)
        self.opener = urllib.request.build_opener(handler)

    def take_sitting(self, link: str) -> dict[str, object]:
        """From the link to the thanks; returns each trial's answer by the trial's name."""
        self.begin(link)
        for _ in range(MAX_PAGES):
            step = self.take_step()
            if step in ENDS:
                return self.answers
        raise RehearsalError(f"A sitting must end within {MAX_PAGES} pages, this one did not.")

    def begin(self, link: str) -> None:
        page = self.get(link)
        self.post_form(link, {}, page)

    def take_step(self) -> str:
        """Do what the server says is next; return its name."""
        step = self.get("/sitting/next/").read_json()
        if step["step"] == "trial":
            self.answer_trial(step["url"], step["trial"])
        elif step["step"] == "checks":
            self.answer_round(step["url"], step["round"])
        else:
            page = self.get(step["url"])
            if step["step"] == "consent":
                self.post_form(step["url"], {"agree": "on"}, page)
            elif "questions" in step:
                self.post_form(step["url"], simulate_background(step["questions"], self.rng), page)
            elif step["step"] in ("instructions", "pause", "debrief"):
                self.post_form(step["url"], {}, page)
        return step["step"]

    def answer_round(self, url: str, check_round: dict | None) -> None:
        """Hear a round of a headphone check as headphones play it; take another attempt."""
        page = self.get(url)
        if check_round is None:
            self.post_form(url, {}, page)
            return
        (signal,) = check_round["signals"]
        sr, y = read_wav(self.get(signal["url"]).body)
        self.listen(signal["duration"])
        answer = {"choice": registry.get(check_round["kind"])().recognise(y, sr)}
        body = self.describe_answer(check_round, answer, elapsed_ms=1000 * signal["duration"])
        page = self.post_json(check_round["answer_url"], body)
        if page.status != 200:
            raise RehearsalError(f"An answer must be taken with 200, got {page.status}.")

    def answer_trial(self, url: str, trial: dict) -> Page:
        """Open the page, fetch the signals, wait as long as they play, answer."""
        began = time.monotonic()
        self.get(url)
        for signal in trial["signals"]:
            self.get(signal["url"])
            self.listen(signal["duration"])
        answer = self.answerer(trial, self.rng)
        body = self.describe_answer(trial, answer, elapsed_ms=(time.monotonic() - began) * 1000)
        page = self.post_json(trial["answer_url"], body)
        if page.status != 200:
            raise RehearsalError(f"An answer must be taken with 200, got {page.status}.")
        self.answers[trial["name"]] = answer
        return page

    def listen(self, seconds: float) -> None:
        time.sleep(seconds)

    def describe_answer(self, trial: dict, answer: object, *, elapsed_ms: float) -> dict:
        return {
            "v": 2,
            "key": secrets.token_hex(16),
            "answer": answer,
            **describe_listening(trial),
            "elapsed_ms": round(elapsed_ms),
            "events": [{"kind": "play", "ms": 0}, {"kind": "ended", "ms": round(elapsed_ms)}],
        }

    def get(self, url: str) -> Page:
        return self.send(urllib.request.Request(self.join(url)))

    def post_form(self, url: str, fields: Mapping[str, object], page: Page) -> Page:
        """Send a form of `page`, with the token that the page carries."""
        found = TOKEN.search(page.text)
        if found is None:
            raise RehearsalError(f"A form must carry a token, {page.url} has none.")
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": found.group(1), **fields}, doseq=True)
        headers = {"Referer": self.join(url), "Origin": self.base_url.rstrip("/")}
        return self.send(urllib.request.Request(self.join(url), data.encode(), headers))

    def post_json(self, url: str, body: object) -> Page:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        data = json.dumps(body).encode()
        return self.send(urllib.request.Request(self.join(url), data, headers))

    def send(self, request: urllib.request.Request) -> Page:
        try:
            with self.opener.open(request, timeout=self.timeout) as answer:
                page = Page(answer.url, answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            page = Page(error.url, error.code, dict(error.headers), error.read())
        self.seen.append(page)
        if page.status >= 500:
            raise RehearsalError(f"The site must not fail, {page.url} gave {page.status}.")
        return page

    def join(self, url: str) -> str:
        return urllib.parse.urljoin(self.base_url, url)
