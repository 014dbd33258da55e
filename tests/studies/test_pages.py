"""The researcher's pages of studies."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from evalsite.studies.models import Study
from evalsite.studies.services import open_study
from tests.factories import make_explanation, make_open_study, make_recording, make_study, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NAMES = ("study", "study_protocol", "study_protocol_json")
CHANGES = ("study_open", "study_close", "study_delete")


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def read_checked(html: str) -> list[int]:
    found = re.findall(r'name="explanations" value="(\d+)"( checked)?', html)
    return [int(pk) for pk, checked in found if checked]


def test_list_begins_with_the_steps_to_a_study(client, user):
    page = client.get(reverse("studies")).content.decode()

    assert "Let people judge what your model heard" in page
    assert reverse("study_new") not in page


def test_list_shows_own_studies_only(client, user):
    make_study(user, title="My own study")
    make_study(title="Not my study")

    page = client.get(reverse("studies")).content.decode()

    assert "My own study" in page
    assert "Not my study" not in page


@pytest.mark.parametrize("n_studies", [1, 4])
def test_list_asks_the_database_as_often_for_many_as_for_one(
    client, user, n_studies, django_assert_num_queries
):
    for _ in range(n_studies):
        make_study(user, n_recordings=1)

    with django_assert_num_queries(4):
        client.get(reverse("studies"))


def test_new_study_proposes_the_newest_explanation_of_each_recording(client, user):
    first, second = make_recording(user, "First"), make_recording(user, "Second")
    make_explanation(first)
    newest = make_explanation(first, seed=1)
    other = make_explanation(second)

    page = client.get(reverse("study_new")).content.decode()

    assert sorted(read_checked(page)) == [newest.pk, other.pk]


def test_new_study_keeps_the_explanation_it_was_asked_for(client, user):
    first = make_recording(user, "First")
    asked = make_explanation(first)
    make_explanation(first, seed=1)
    unrelated = make_explanation(make_recording(user, "Second"), target="energy")

    page = client.get(reverse("study_new"), {"explanation": asked.pk}).content.decode()

    assert read_checked(page) == [asked.pk]
    assert unrelated.pk not in read_checked(page)


def test_new_study_tells_for_from_against_and_excerpts_apart(client, user):
    asked = make_explanation(make_recording(user, "First"), selection="against")
    make_explanation(make_recording(user, "Second"))

    page = client.get(reverse("study_new"), {"explanation": asked.pk}).content.decode()

    assert read_checked(page) == [asked.pk]
    assert "First from 0:01.5 to 0:02, against valence, seed 0" in page
    assert "Second from 0:01.5 to 0:02, for valence, seed 0" in page


def test_three_clicks_from_an_explanation_to_an_open_study(client, user):
    explanations = [make_explanation(make_recording(user, f"Piece {n}")) for n in range(3)]
    page = client.get(reverse("study_new"), {"explanation": explanations[0].pk})
    form = page.context["form"]
    fields = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in fields.items() if value not in (False, None)}

    made = client.post(
        reverse("study_new"), {**data, "explanations": read_checked(page.content.decode())}
    )
    study = Study.objects.get()
    opened = client.post(reverse("study_open", args=[study.slug]), follow=True)

    assert made.url == reverse("study", args=[study.slug])
    assert study.items.count() == 10
    assert "You are blind." in opened.content.decode()
    assert reverse("welcome", args=[study.link_token]) in opened.content.decode()


@pytest.mark.parametrize("chosen", [[], "both"])
def test_broken_rule_stands_on_the_form(client, user, chosen):
    recording = make_recording(user, "Twice")
    pair = [make_explanation(recording, seed=seed).pk for seed in (0, 1)]
    data = {
        "title": "T",
        "target": "valence",
        "control": "control_area",
        "question": "Q",
        "intro": "I",
        "qualities": ["minorness"],
        "explanations": pair if chosen == "both" else [],
    }

    page = client.post(reverse("study_new"), data).content.decode()

    assert ("“Twice” has two" if chosen else "one explanation or more, got 0") in page
    assert Study.objects.count() == 0


def test_explanation_of_somebody_else_is_not_found(client, user):
    foreign = make_explanation(make_recording(make_user()))

    assert client.get(reverse("study_new"), {"explanation": foreign.pk}).status_code == 404
    posted = client.post(reverse("study_new"), {"explanations": [foreign.pk]})
    assert posted.status_code == 404


def test_draft_shows_what_listeners_will_read_and_what_keeps_it_shut(client, user):
    study = make_study(user, conditions=["original", "kept"], intro="Listen to <b>this</b>.")

    page = client.get(reverse("study", args=[study.slug])).content.decode()

    assert "must have a control condition" in page
    assert "Listen to &lt;b&gt;this&lt;/b&gt;." in page
    assert reverse("welcome", args=[study.pilot_token]) in page
    refused = client.post(reverse("study_open", args=[study.slug]), follow=True)
    assert "must have a control condition" in refused.content.decode()
    study.refresh_from_db()
    assert study.state == Study.State.DRAFT


def test_closing_leads_to_the_results(client, user):
    study = open_study(study=make_study(user))

    client.post(reverse("study_close", args=[study.slug]))

    page = client.get(reverse("study", args=[study.slug])).content.decode()
    assert reverse("study_results", args=[study.slug]) in page
    study.refresh_from_db()
    assert study.state == Study.State.CLOSED


@pytest.mark.parametrize(
    ("name", "kind"), [("study_protocol", "yaml"), ("study_protocol_json", "json")]
)
def test_protocol_is_downloaded(client, user, name, kind):
    study = make_study(user)

    answer = client.get(reverse(name, args=[study.slug]))

    assert answer["Content-Type"] == f"application/{kind}; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{study.slug}.{kind}"'


@pytest.mark.parametrize("name", NAMES)
def test_page_of_somebody_elses_study_is_not_found(client, user, name):
    study = make_open_study()

    assert client.get(reverse(name, args=[study.slug])).status_code == 404


@pytest.mark.parametrize("name", CHANGES)
def test_somebody_elses_study_is_not_changed(client, user, name):
    study = make_open_study()

    assert client.post(reverse(name, args=[study.slug])).status_code == 404


@pytest.mark.parametrize("name", ["studies", "study_new"])
def test_pages_need_a_sign_in(client, name):
    assert reverse("sign_in") in client.get(reverse(name)).url
