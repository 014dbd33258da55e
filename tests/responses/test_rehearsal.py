"""A whole sitting over HTTP, by a client that knows only the pages."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from evalsite.responses.models import Response, Sitting
from evalsite.responses.rehearsal import ParticipantClient, RehearsalError
from tests.factories import make_open_study

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_sitting_taken_over_http_stores_each_answer(live_server):
    study = make_open_study()
    client = ParticipantClient(live_server.url)

    answers = client.take_sitting(reverse("welcome", args=[study.link_token]))

    sitting = Sitting.objects.get()
    assert sitting.state == Sitting.State.FINISHED
    stored = {r.trial.name: r.answer for r in Response.objects.select_related("trial")}
    assert stored == answers
    assert len(answers) == 4


def test_rehearsal_makes_pilots_unless_they_count(live_server, capsys):
    study = make_open_study(practice=False)

    call_command("rehearse", study.slug, "--participants", "2", "--base-url", live_server.url)
    call_command("rehearse", study.slug, "--base-url", live_server.url, "--count")

    assert sorted(study.sittings.values_list("is_pilot", "state")) == [
        (False, "finished"),
        (True, "finished"),
        (True, "finished"),
    ]
    assert "2 participants gave 6 answers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "There is no study 'nothing'."),
        (["real", "--participants", "0"], "--participants must be from 1 to 10000, got 0."),
        (["real", "--base-url", "http://127.0.0.1:9"], "The rehearsal stopped: "),
    ],
)
def test_rehearsal_names_what_is_wrong(arguments, sentence):
    study = make_open_study()
    arguments = [study.slug if argument == "real" else argument for argument in arguments]

    with pytest.raises(CommandError, match=sentence):
        call_command("rehearse", *arguments)


def test_client_keeps_all_it_received_and_follows_its_seed(live_server):
    study = make_open_study(practice=False)
    link = reverse("welcome", args=[study.link_token])
    answers = []
    for _ in range(2):
        client = ParticipantClient(live_server.url, seed=7)
        answers.append(list(client.take_sitting(link).values()))

    assert answers[0] == answers[1]
    assert {page.status for page in client.seen} == {200}


def test_client_does_not_answer_before_the_clip_has_ended(live_server):
    class Hasty(ParticipantClient):
        def listen(self, seconds: float) -> None:
            """Does not."""

    study = make_open_study(practice=False, seconds=3.0)

    with pytest.raises(RehearsalError, match="got 422"):
        Hasty(live_server.url).take_sitting(reverse("welcome", args=[study.link_token]))
    assert Response.objects.count() == 0


def test_eight_at_a_time_fill_sixty_items_five_times_each(live_server, capsys):
    """300 answers to clips of one second in real time: 20 recordings in 3 conditions."""
    block = {
        "assignment": "sample",
        "items_per_sitting": 12,
        "ratings_per_item": 5,
        "practice": False,
        "parameters": {"qualities": ["minorness"]},
    }
    study = make_open_study(n_recordings=20, seconds=1.0, blocks=[block])
    arguments = ("--participants", "26", "--count", "--base-url", live_server.url)

    call_command("rehearse", study.slug, *arguments)

    with capsys.disabled():
        print(f"\n{(printed := capsys.readouterr().out)}")
    assert printed.startswith("26 participants gave 300 answers in ")
    lines = [line.split() for line in printed.splitlines()[-3:]]
    assert lines == [
        ["main", condition, "20", "100", "5", "5"]
        for condition in ("original", "kept", "control_area")
    ]
    states = Counter(study.sittings.values_list("state", flat=True))
    assert states == {"finished": 25, "full": 1}
    heard = Response.objects.values_list("trial__sitting", "trial__item__recording")
    assert len(set(heard)) == Response.objects.count() == 300
