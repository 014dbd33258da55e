"""Panels such as Prolific: who comes again goes on, each end has its code, places come back."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from evalsite.common.errors import EarwitnessError
from evalsite.responses.models import Recruit, Sitting
from evalsite.responses.panels import change_panel, read_people, return_places
from evalsite.responses.services import screen_out
from evalsite.results.exporters import registry
from evalsite.results.services import make_export
from evalsite.studies.services import close_study
from tests.factories import make_open_study
from tests.responses.listener import HANDLER, Listener
from tests.responses.test_places import make_blocks_study, make_small_sample, run_at_once

pytestmark = [pytest.mark.database, pytest.mark.django_db]
CODES = {
    "completed": "C0MPLETED",
    "screened_out": "SCREENED1",
    "no_consent": "N0CONSENT",
    "full": "FULLFULL1",
    "closed": "CL0SED111",
}
PERSON = "5f3c1e9a7b2d4c0012345678"


@pytest.fixture
def study():
    return with_codes(make_open_study())


def with_codes(study):
    change_panel(study=study, codes=CODES)
    return study


def send(study, person: str = PERSON, **options) -> Listener:
    """Somebody whom Prolific sends."""
    listener = Listener(study, **options)
    listener.link += f"?PROLIFIC_PID={person}&STUDY_ID=study1&SESSION_ID=session1"
    return listener


def read_end(listener: Listener) -> str:
    return listener.client.get(reverse("sitting"), follow=True).content.decode()


def find_codes(page: str) -> list[str]:
    return [code for code in CODES.values() if code in page]


def test_numbers_are_kept_apart_from_the_answers(study):
    listener = send(study).begin()

    recruit = Recruit.objects.get()

    assert (recruit.person, recruit.panel_study, recruit.session) == (PERSON, "study1", "session1")
    assert recruit.sitting == listener.sitting
    assert PERSON not in str(Sitting.objects.values().get())
    assert listener.client.get(reverse("sitting")).url == reverse("consent")


def test_looking_keeps_nothing(study):
    page = Client().get(send(study).link)

    assert b"your number at the site that sent you, apart from" in page.content
    assert PERSON.encode() not in page.content
    assert Recruit.objects.count() == 0


def test_who_comes_again_goes_on_with_the_same_sitting(study):
    first = send(study).pass_pages()
    trial = first.next()["trial"]["name"]

    again = send(study).begin()

    assert again.next()["trial"]["name"] == trial
    assert first.client.get(reverse("sitting")).status_code == 403
    assert Sitting.objects.count() == 1
    assert send(study, "another").begin().next()["step"] == "consent"


def test_a_pilot_with_the_same_number_is_apart(study):
    pilot, real = send(study, is_pilot=True).begin(), send(study).begin()

    assert pilot.sitting != real.sitting
    assert (pilot.sitting.is_pilot, real.sitting.is_pilot) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_person_who_comes_ten_times_at_once_begins_once(study):
    link = send(study).link

    def begin(_: int) -> int:
        client = Client()
        client.handler = HANDLER
        return client.post(link).status_code

    assert set(run_at_once(10, begin)) == {302}
    assert (Sitting.objects.count(), Recruit.objects.count()) == (1, 1)


@pytest.mark.parametrize("person", ["", "{{%PROLIFIC_PID%}}", "a b", "x" * 101, "nul\x00"])
def test_link_without_a_usable_number_is_refused_plainly(study, person):
    client = Client()
    answers = [
        ask(reverse("welcome", args=[study.link_token]), query_params={"PROLIFIC_PID": person})
        for ask in (client.get, client.post)
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert b"This link is not complete" in answers[0].content
    assert Sitting.objects.count() == 0


def test_each_end_has_its_code_and_no_page_before_has_any(study):
    full = with_codes(make_blocks_study({}, quotas={"musicians": 0}))
    done, failed, unwilling, late = (send(study, f"person-{n}") for n in range(4))
    seen = [done.client.get(done.link).content.decode()]
    done.begin()
    for step in ("consent", "about", "instructions", "trial"):
        assert done.next()["step"] == step
        seen += [read_end(done), done.client.get(reverse("sitting_next")).content.decode()]
        if step == "consent":
            done.agree()
        elif step == "about":
            done.client.post(reverse("about"), {"training": "0", "device": "headphones"})
        else:
            done.client.post(reverse("instructions"))
    done.answer_all()
    failed.pass_pages()
    screen_out(sitting=failed.sitting)
    unwilling.begin().client.post(reverse("decline"))
    crowded = send(full).pass_pages()
    late.pass_pages()
    ends = [read_end(listener) for listener in (done, failed, unwilling, crowded)]
    close_study(study=study)
    ends.append(read_end(late))

    assert [find_codes(page) for page in seen] == [[] for _ in seen]
    outcomes = ("completed", "screened_out", "no_consent", "full", "closed")
    assert [find_codes(page) for page in ends] == [[CODES[name]] for name in outcomes]
    assert "https://app.prolific.com/submissions/complete?cc=C0MPLETED" in ends[0]
    assert ["at-once" in page for page in ends] == [True, False, False, False, False]


def test_who_came_by_the_plain_link_is_told_no_code(study):
    assert find_codes(read_end(Listener(study).pass_pages().answer_all())) == []


def test_without_codes_the_end_is_as_always():
    done = send(make_open_study()).pass_pages().answer_all()

    assert "Thank you" in read_end(done)
    assert "panel-return" not in read_end(done)


def test_debriefing_comes_before_the_code():
    study = with_codes(make_open_study(debrief="It was about this.", blocks=[{}]))
    done = send(study).pass_pages().answer_all()

    before = read_end(done)
    done.client.post(reverse("debrief"))

    assert (find_codes(before), find_codes(read_end(done))) == ([], [CODES["completed"]])


def test_places_of_who_returned_are_given_to_the_next():
    study = make_small_sample()
    gone = send(study).pass_pages()
    there = send(study, "there").pass_pages()
    trial = gone.open_trial()
    assert send(study, "third").pass_pages().next()["step"] == "full"

    counts = return_places(study=study, people=[PERSON, "third", "never-came"])

    assert counts == {"returned": 1, "finished": 0, "ended": 1, "unknown": 1}
    assert gone.sitting.state == Sitting.State.RETURNED
    assert "Your place was given back" in read_end(gone)
    assert gone.client.post(reverse("trial_answer", args=[trial["name"]])).status_code == 400
    fourth = send(study, "fourth").pass_pages()
    mine, others = (
        set(one.sitting.trials.values_list("item", flat=True)) for one in (fourth, there)
    )
    assert len(mine) == 2 and not mine & others


def test_answers_of_who_returned_take_no_place():
    study = make_small_sample()
    gone = send(study).pass_pages()
    items = set(gone.sitting.trials.values_list("item", flat=True))
    send(study, "there").pass_pages()
    gone.answer_all()
    Sitting.objects.filter(pk=gone.sitting.pk).update(state=Sitting.State.AGREED)

    return_places(study=study, people=[PERSON])

    late = send(study, "late").pass_pages()
    assert set(late.sitting.trials.values_list("item", flat=True)) == items


def test_who_finished_here_keeps_the_place_and_the_code(study):
    done = send(study).pass_pages().answer_all()

    counts = return_places(study=study, people=[PERSON])

    assert counts == {"returned": 0, "finished": 1, "ended": 0, "unknown": 0}
    assert find_codes(read_end(done)) == [CODES["completed"]]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("a1\nb2, c3;a1\n", ["a1", "b2", "c3"]),
        (
            "\ufeffSubmission id,Participant id,Status,Time taken\n"
            "s1,a1,RETURNED,3\ns2,b2,APPROVED,9\ns3,c3,TIMED-OUT,\ns4,d4,AWAITING REVIEW,2\n",
            ["a1", "c3"],
        ),
        ("", []),
        ('"Status","Participant id"\n"RETURNED"\n', []),
    ],
)
def test_people_are_read_from_a_list_or_the_panels_table(text, people):
    assert read_people(text) == people


def test_nothing_of_the_panel_is_exported(study):
    send(study).pass_pages().answer_all()
    close_study(study=study)
    study.refresh_from_db()

    for name in registry.names():
        file = io.BytesIO()
        make_export(study=study, format=name, file=file)
        text = file.getvalue()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                text = b"".join(archive.read(entry) for entry in archive.namelist())
        hidden = [PERSON, "study1", "session1", "PROLIFIC", *CODES.values()]
        assert [word for word in hidden if word.encode() in text] == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"codes": {"completed": "A", "full": "A"}}, "codes must differ by outcome, A comes twice"),
        ({"codes": {"completed": "a b"}}, "codes.completed must be 1 to 64 letters"),
        ({"codes": {"won": "A"}}, "codes must be of completed"),
        (
            {"codes": {}, "return_address": "http://x/{code}"},
            "return_address must begin with",
        ),
        ({"codes": {}, "return_address": "https://x/"}, "and hold {code} once"),
        ({"codes": {}, "person_parameter": "a b"}, "person_parameter must be a letter and"),
    ],
)
def test_wrong_settings_are_refused(study, given, sentence):
    with pytest.raises(EarwitnessError, match=sentence.replace("{", r"\{")):
        change_panel(study=study, **given)


def test_another_panel_has_its_own_names_and_address(client):
    study = make_open_study()
    client.force_login(study.owner)
    names = {"person_parameter": "id", "study_parameter": "s", "session_parameter": "t"}
    address = {"return_address": "https://panel.example/end/{code}", "code_completed": "DONE"}

    saved = client.post(reverse("study_panel", args=[study.slug]), {**names, **address})

    assert saved.status_code == 302
    listener = Listener(study)
    listener.link += "?id=7"
    listener.pass_pages().answer_all()
    assert "https://panel.example/end/DONE" in read_end(listener)
    page = client.get(reverse("study_recruiting", args=[study.slug])).content.decode()
    assert "?id={{%id%}}&amp;s={{%s%}}&amp;t={{%t%}}" in page


def test_researcher_gives_places_back_on_the_page(client, study):
    send(study).pass_pages()
    client.force_login(study.owner)

    page = client.post(
        reverse("study_returned", args=[study.slug]), {"people": f"{PERSON}\nx"}, follow=True
    ).content.decode()

    assert "1 given back; 0 had finished here" in page and "1 never came" in page
    assert PERSON not in page


def test_refused_settings_are_said_on_the_page(client, study):
    client.force_login(study.owner)
    given = {
        "person_parameter": "P",
        "study_parameter": "S",
        "session_parameter": "T",
        "return_address": "ftp://x",
    }

    page = client.post(reverse("study_panel", args=[study.slug]), given).content.decode()

    assert "return_address must begin with https://" in page
    study.panel.refresh_from_db()
    assert study.panel.codes == CODES


def test_api_reads_and_sets_the_panel_and_gives_places_back(study):
    api = APIClient()
    api.force_authenticate(study.owner)
    url = f"/api/v1/studies/{study.slug}/"
    send(study).pass_pages()

    known = api.get(f"{url}panel/").json()
    changed = api.put(f"{url}panel/", {"codes": {"completed": "NEW"}}, format="json")
    returned = api.post(f"{url}returned/", {"people": [PERSON]}, format="json")

    assert known["codes"] == CODES and known["person_parameter"] == "PROLIFIC_PID"
    assert changed.json() == {**known, "codes": {"completed": "NEW"}}
    assert returned.json() == {"returned": 1, "finished": 0, "ended": 0, "unknown": 0}
    assert find_codes(api.get(url).content.decode()) == []


def test_withdrawal_takes_the_numbers_along(study):
    listener = send(study).pass_pages().answer_all()

    Client().post(reverse("withdraw", args=[listener.sitting.resume_token]))

    assert Recruit.objects.count() == 0
