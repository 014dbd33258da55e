"""Each kind of question has its page, and every number on it stands in the findings."""

from __future__ import annotations

import json
import re
from html import unescape

import numpy as np
import pytest
from django.urls import reverse

from evalsite.results.findings import findings_of
from evalsite.results.pages.wording import format_number, format_percent, format_share
from evalsite.results.questions import make_question, registry
from evalsite.results.tables.frames import ratings_frame
from evalsite.studies.services import close_study
from evalsite.studies.trial_types import find_class, list_names
from tests.factories import make_open_study
from tests.responses.listener import Listener, make_body

pytestmark = [pytest.mark.database, pytest.mark.django_db]
COMMON = {"practice": False, "ask_familiarity": False, "assignment": "all"}
BLOCKS = [
    {
        "name": "sliders",
        "trial_type": "rating",
        "parameters": {"qualities": ["minorness"], "scale": "slider"},
        **COMMON,
    },
    {
        "name": "which",
        "trial_type": "identify",
        "parameters": {"choices": ["valence", "energy"]},
        "conditions": ["kept", "control_area"],
        **COMMON,
    },
    {"name": "same", "trial_type": "abx", "conditions": ["original", "kept"], **COMMON},
    {
        "name": "better",
        "trial_type": "pair",
        "parameters": {"offer_tie": True},
        "conditions": ["original", "kept", "control_area"],
        **COMMON,
    },
    {
        "name": "scored",
        "trial_type": "multi_stimulus",
        "conditions": ["original", "kept", "control_area"],
        **COMMON,
    },
    {"name": "words", "trial_type": "text", "conditions": ["kept"], **COMMON},
    {"name": "where", "trial_type": "regions", "conditions": ["original", "kept"], **COMMON},
    {"name": "foretell", "trial_type": "predict_model", "conditions": ["kept"], **COMMON},
]
NAMES = [block["name"] for block in BLOCKS]


@pytest.fixture
def study():
    study = make_open_study(blocks=BLOCKS, n_recordings=2)
    for n in range(3):
        listener = Listener(study).pass_pages()
        k = 0
        while listener.next()["step"] == "trial":
            trial = listener.open_trial()
            body = make_body(trial)
            if "minorness" in body["answer"].get("ratings", ()):
                body["answer"]["ratings"] = {"minorness": (17 * n + 31 * k) % 101}
            elif "choice" in body["answer"]:
                body["answer"]["choice"] = choose(trial, n + k)
            assert listener.send(trial, body).status_code == 200
            k += 1
    return study


def choose(trial, turn):
    """One answer after the other of those that a trial offers."""
    options = {
        "pair": ["A", "B", "tie"],
        "abx": ["A", "B"],
        "predict_model": ["low", "high"],
    }.get(trial["trial_type"])
    return (options or ["valence", "energy"])[turn % len(options or "ab")]


def read_page(client, study, block):
    client.force_login(study.owner)
    answer = client.get(reverse("study_results", args=[study.slug]), {"block": block})
    assert answer.status_code == 200
    html = answer.content.decode()
    return html[html.index("<main") : html.index("<h2>Methods")]


def collect_numbers(value):
    if isinstance(value, dict):
        return {n for one in value.values() for n in collect_numbers(one)}
    if isinstance(value, list):
        return {n for one in value for n in collect_numbers(one)}
    return {value} if isinstance(value, int | float) and not isinstance(value, bool) else set()


@pytest.mark.parametrize("name", list_names())
def test_a_trial_types_kind_of_question_exists(name):
    kind = find_class(name).analysed_as
    assert kind == "" or kind in registry.names()
    assert make_question(kind).template


def test_every_number_on_the_pages_stands_in_the_findings(client, study):
    found = findings_of(close_study(study=study))
    numbers = collect_numbers(found)
    shows = (str, format_number, lambda n: format_number(n, 1), format_share, format_percent)
    known = {show(number) for number in numbers for show in shows} | {"–", "undefined", ""}
    known |= {f"{number:,}" for number in numbers}

    for name in NAMES:
        html = read_page(client, study, name)
        cells = re.findall(r'class="(?:v )?num(?: right)?"[^>]*>(.*?)</(?:td|span|dd)>', html)
        assert cells, name
        for cell in cells:
            text = unescape(re.sub(r"<[^>]+>", " ", cell)).strip()
            for part in re.split(r" to |, no interval|  +|no interval", text):
                part = part.strip().lstrip("−") if part.strip().lstrip("−").isdigit() else part
                is_number = re.fullmatch(r"[−\d.,]+( %)?", part.strip())
                assert not is_number or part.strip() in known, (name, cell)


def test_choices_are_counted_from_the_answers(study):
    found = findings_of(close_study(study=study))
    frame = ratings_frame(study)
    for name in ("which", "foretell", "same"):
        block = next(block for block in found["blocks"] if block["name"] == name)
        own = frame[frame["block"] == name]
        assert block["accuracy"]["estimate"] == pytest.approx(
            own["is_correct"].astype(float).mean()
        )
        assert block["chance"] == 0.5
        assert np.sum(block["confusion"]["counts"]) == len(own) == block["accuracy"]["n"]
        assert sum(clip["n_correct"] for clip in block["clips"]) == own["is_correct"].sum()
    assert block["task"] == "abx_differencing"
    which = found["blocks"][1]
    kept, control = (one["accuracy"]["estimate"] for one in which["conditions"])
    assert which["contrast"]["estimate"] == pytest.approx(kept - control)


def test_the_clips_of_a_recording_go_together(study):
    _, which, same, *_ = findings_of(close_study(study=study))["blocks"]
    for block in (same, which):
        assert block["accuracy"]["population"] == "new listeners and new recordings"
    assert len({clip["recording_sha256"] for clip in which["clips"]}) == 2 < len(which["clips"])
    assert which["accuracy"]["details"]["n_clips"] == 2


def test_choices_are_drawn_beside_guessing(client, study):
    close_study(study=study)
    client.force_login(study.owner)
    url = reverse("study_chart", args=[study.slug, "accuracy", "json"])
    spec = client.get(url, {"block": "which"}).json()
    values = json.dumps(spec)
    for label in ("All answers", "Kept", "guessing, 50 %"):
        assert label in values
    assert "strokeDash" in values


def test_wins_are_counted_from_the_answers(study):
    better = findings_of(close_study(study=study))["blocks"][3]
    own = ratings_frame(study).query("block == 'better'")
    assert np.sum(better["wins"]["counts"]) == (own["outcome"] != 0.5).sum()
    assert np.sum(better["wins"]["ties"]) == 2 * (own["outcome"] == 0.5).sum()
    assert [one["condition"] for one in better["scale"]] == ["original", "kept", "control_area"]


def test_sliders_keep_their_own_scale(study):
    sliders = findings_of(close_study(study=study))["blocks"][0]
    own = ratings_frame(study).query("block == 'sliders' and condition == 'kept'")
    (kept,) = (c for c in sliders["qualities"][0]["conditions"] if c["condition"] == "kept")
    assert kept["mean"]["estimate"] == pytest.approx(own["value"].astype(float).mean())
    assert (sliders["lowest"], sliders["points"]) == (0, 101)


def test_scores_have_the_quartiles_of_the_answers(study):
    scored = findings_of(close_study(study=study))["blocks"][4]
    own = ratings_frame(study).query("block == 'scored' and condition == 'kept'")
    (kept,) = (one for one in scored["conditions"] if one["condition"] == "kept")
    quartiles = own["value"].astype(float).quantile([0.25, 0.5, 0.75])
    assert [kept["lower_quartile"], kept["median"], kept["upper_quartile"]] == list(quartiles)
    assert kept["n"] == len(own) == 6


def test_a_running_study_tells_nothing_of_right_answers_preferences_and_words(client, study):
    for block in findings_of(study)["blocks"]:
        tells = {"accuracy", "scale", "wins", "clips", "confusion", "main", "overlaps"}
        assert not tells & block.keys()
    for name in NAMES:
        client.force_login(study.owner)
        url = reverse("study_results", args=[study.slug])
        html = client.get(url, {"block": name}).content.decode()
        assert "You are blind." in html and "clip-button" not in html[html.index("<main") :]
