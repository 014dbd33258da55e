"""Home, results and export as a researcher sees them."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from evalsite.results.findings import findings_of
from evalsite.results.pages.ratings import describe_clips
from evalsite.results.pages.wording import format_interval, format_number
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
LEVEL = {"practice": 1, "original": 6, "kept": 5, "control_area": 2}


def rate(recording: str, condition: str, quality: str) -> int:
    return LEVEL[condition] + (int(recording[-1:] or 0) % 2)


@pytest.fixture
def study():
    study = factories.make_open_study(title="Fiddle & <song>")
    for n in range(6):
        factories.make_sitting(study, rate, training="10+" if n % 2 else "0")
    factories.make_sitting(study, rate, is_pilot=True)
    factories.make_sitting(study, rate, n_answers=1)
    return study


def read_page(client, study, name="study_results", query="") -> str:
    client.force_login(study.owner)
    answer = client.get(reverse(name, args=[study.slug]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_page_shows_the_numbers_of_the_analysis(client, study):
    study = close_study(study=study)
    html = read_page(client, study)
    found = findings_of(study)
    main = found["blocks"][0]["qualities"][0]
    assert "Kept clips were rated <b>" in html
    assert format_interval(main["contrast"]) in html
    for condition in main["conditions"]:
        assert format_number(condition["mean"]["estimate"]) in html
    for clip in main["clips"]:
        assert clip["recording"] in html
    assert html.count("<clip-button") == 9
    flow = dict(re.findall(r"<dt>(\w+)</dt><dd[^>]*>(\d+)</dd>", html))
    assert flow == {"Agreed": "7", "Finished": "6"}
    assert "1 pilot sitting apart" in html
    assert study.protocol_digest[:7] in html and found["data_sha256"][:7] in html


def test_another_quality_can_be_chosen(client, study):
    study = close_study(study=study)
    html = read_page(client, study, query="?quality=minorness")
    assert re.search(r'\?quality=minorness#answers" aria-current="true"', html)
    assert "1 “major” to 7 “minor”" in html
    assert "1 “no tune”" in read_page(client, study, query="?quality=nonsense")


def test_titles_are_escaped(client, study):
    html = read_page(client, study)
    assert "Fiddle &amp; &lt;song&gt;" in html
    assert "<song>" not in html


def test_an_open_study_shows_nothing_of_a_condition(client, study):
    html = read_page(client, study)
    assert "You are blind." in html
    main = html[html.index("<main") :]
    for word in ("kept", "control", "original", "removed", "clip-button", "piece", ">mean"):
        assert word not in main.lower(), word
    closed = findings_of(close_study(study=study))
    for quality in closed["blocks"][0]["qualities"]:
        for condition in quality["conditions"]:
            mean = condition["mean"]["estimate"]
            assert format_number(mean) not in main


def test_a_study_nobody_finished_says_so(client):
    study = close_study(study=factories.make_open_study())
    html = read_page(client, study)
    assert "Nobody finished a sitting" in html
    assert "All answers" not in html


def test_a_draft_says_it_is_not_open(client):
    assert "Not open yet." in read_page(client, factories.make_study())


def test_few_listeners_get_a_reason_instead_of_an_interval(client):
    study = factories.make_open_study()
    factories.make_sitting(study, rate)
    html = read_page(client, close_study(study=study))
    assert "how sure that is remains unknown" in html
    assert "The interval needs at least two listeners." in html
    assert "<strong>3 clips:</strong> The interval needs at least two listeners." in html


@pytest.mark.parametrize("name", ["study_results", "study_export"])
def test_other_researchers_find_nothing(client, study, name):
    client.force_login(factories.make_user())
    assert client.get(reverse(name, args=[study.slug])).status_code == 404
    assert client.post(reverse(name, args=[study.slug])).status_code in (404, 405)
    client.logout()
    answer = client.get(reverse(name, args=[study.slug]))
    assert answer.status_code == 302 and "/sign-in/" in answer["Location"]


def test_export_page_of_an_open_study_refuses_with_a_sentence(client, study):
    html = read_page(client, study, "study_export")
    assert "Download" not in html
    answer = client.post(reverse("study_export", args=[study.slug]), {"format": "csv_zip"})
    assert answer.status_code == 409
    assert "once the study is closed" in answer.content.decode()


def test_export_page_lists_parts_and_what_was_made(client, study):
    study = close_study(study=study)
    client.force_login(study.owner)
    client.post(reverse("study_export", args=[study.slug]), {"format": "csv_zip"})
    html = read_page(client, study, "study_export")
    assert "ratings.csv" in html and "Download" in html
    assert study.exports.get().sha256[:16] in html
    unknown = client.post(reverse("study_export", args=[study.slug]), {"format": "pdf"})
    assert unknown.status_code == 400
    assert "format must be one of csv_zip" in unknown.content.decode()


def test_home_of_a_new_researcher_tells_the_way(client):
    client.force_login(factories.make_user())
    html = client.get(reverse("home")).content.decode()
    assert "From a folder of music to a study people can take." in html
    assert html.count("<li") >= 3


def test_home_shows_studies_library_and_workers(client, study):
    other = factories.make_study(factories.make_user(), title="Somebody else’s")
    draft = factories.make_study(study.owner, title="Planned")
    factories.make_explanation(factories.make_recording(study.owner, "New one"), done=False)
    client.force_login(study.owner)
    html = client.get(reverse("home")).content.decode()
    assert "One running, one to open." in html
    assert draft.title in html and other.title not in html
    assert "<b>6</b>" in html
    assert "1 waits." in html
    assert html.count("<clip-button") == 5


def test_home_redirects_strangers_to_the_sign_in(client):
    answer = client.get(reverse("home"))
    assert answer.status_code == 302 and "/sign-in/" in answer["Location"]


def test_charts_carry_their_numbers_as_text(study):
    found = findings_of(close_study(study=study))
    quality = found["blocks"][0]["qualities"][0]
    rows = describe_clips(quality, found["blocks"][0], {})
    assert all("aria-label" in row["counts"] for row in rows)
