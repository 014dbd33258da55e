"""What could spoil a finding is computed from a study's answers, block by block."""

from __future__ import annotations

import pytest
from django.urls import reverse

from evalsite.responses.models import Trial
from evalsite.results.figures.robustness import describe_robustness
from evalsite.results.findings import compute_findings
from evalsite.results.tables.frames import ratings_frame
from evalsite.results.tables.screening import screen_study
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
BLOCK = {
    "trial_type": "presence",
    "parameters": {"qualities": ["melodiousness", "minorness"]},
    "repeats": 2,
}


@pytest.fixture
def study():
    """Listeners rate kept one point higher; musicians two; "minorness" drifts up."""
    study = factories.make_open_study(
        n_recordings=4,
        blocks=[BLOCK],
        exclusions=[{"rule": "unfinished"}],
        registered=[{"block": "main", "quality": "minorness", "expected": "No difference."}],
    )
    for n in range(8):
        sit(study, n, training="10+" if n % 2 else "0")
    factories.make_sitting(study, lambda *_: 1, n_answers=2)
    return close_study(study=study)


def sit(study, n, *, training):
    step = 2 if training == "10+" else 1

    def rate(title, condition, quality):
        if quality == "minorness":
            return 1 + (n + len(condition)) % 3
        return 3 + step * (condition == "kept") + (title == "Piece 1")

    factories.make_sitting(study, rate, training=training)


def find(found, quality):
    return next(one for one in found["robustness"] if one["quality"] == quality)


def test_each_quality_is_measured_and_only_what_is_registered_is_no_exploration(study):
    found = compute_findings(study)

    marks = [(one["block"], one["quality"], one["is_registered"]) for one in found["robustness"]]
    assert marks == [("main", "melodiousness", False), ("main", "minorness", True)]


def test_results_stand_with_and_without_those_left_out(study):
    found = compute_findings(study)

    one = find(found, "melodiousness")
    assert (one["analysed"]["n_listeners"], one["everybody"]["n_listeners"]) == (8, 9)
    main = found["blocks"][0]["qualities"][0]["contrast"]
    assert one["analysed"]["contrast"]["estimate"] == pytest.approx(main["estimate"])
    assert one["analysed"]["contrast"]["low"] == pytest.approx(main["low"])
    everybody = one["everybody"]["contrast"]
    assert everybody["n"] > one["analysed"]["contrast"]["n"]


def test_repeats_that_say_the_same_are_reliable(study):
    repeats = find(compute_findings(study), "melodiousness")["repeats"]

    assert repeats["same"]["estimate"] == 1
    assert repeats["same"]["n"] == 16
    assert repeats["difference"]["estimate"] == 0


def test_groups_differ_as_planted(study):
    difference = find(compute_findings(study), "melodiousness")["group_difference"]

    assert (difference["first"], difference["second"]) == ("musicians", "others")
    details = difference["effect"]["details"]
    planted = [details[f"mean_{name}"] for name in ("first_condition", "first_baseline")]
    assert planted[0] - planted[1] == pytest.approx(2, abs=0.5)
    assert 0 < details["p_value"] <= 1
    assert details["n_splits"] == 70


def test_drift_and_carry_over_are_estimated_from_the_order_heard(study):
    one = find(compute_findings(study), "minorness")

    finished = Trial.objects.filter(sitting__study=study, sitting__state="finished", occasion=1)
    assert one["drift"]["details"]["n_trials"] == max(finished.values_list("position", flat=True))
    assert one["carry_over"]["estimate"] is not None or one["carry_over"]["reason"]


def test_a_block_of_right_and_wrong_answers_has_shares():
    study = factories.make_open_study(
        n_recordings=4,
        blocks=[{"name": "which", "trial_type": "identify", "parameters": {"choices": "emotions"}}],
    )

    frame = ratings_frame(study)

    [one] = describe_robustness(protocol_of(study), frame, screen_study(study, frame))

    assert (one["block"], one["unit"], one["is_registered"]) == ("which", "share", False)
    assert one["drift"].reason == one["carry_over"].reason == "no_data"
    assert one["repeats"] == {"same": one["repeats"]["same"]}


def test_the_page_shows_both_and_stamps_what_is_not_registered(client, study):
    client.force_login(study.owner)

    html = client.get(reverse("study_results", args=[study.slug])).content.decode()

    section = html.split('id="trust"')[1].split("</section>")[0]
    assert "8 listeners" in section and "9 listeners" in section
    assert section.count("exploratory") == section.count("registered") == 1
    assert "without the 1 whom the protocol’s rules leave out" in section
    assert "p = " in section


def test_the_main_sentence_answers_the_registered_question(client, study):
    client.force_login(study.owner)

    html = client.get(reverse("study_results", args=[study.slug])).content.decode()

    headline = html.split('<h1 class="finding">')[1].split("</h1>")[0]
    assert "in mode:" in headline and "melodiousness" not in headline
    standing = html.split('id="standing">')[1].split("</p>")[0]
    assert standing == "Registered question on mode. Expected: No difference."
    assert 'Melodiousness: <span class="stamp">exploratory</span>' in html
    assert compute_findings(study)["blocks"][0]["main"]["quality"] == "minorness"


def test_the_page_opens_with_the_registered_block_and_stamps_the_others(client):
    blocks = [
        {"name": name, "parameters": {"qualities": ["melodiousness"]}} for name in ("one", "two")
    ]
    registered = [{"block": "two", "quality": "melodiousness"}]
    study = factories.make_open_study(blocks=blocks, registered=registered)
    study = close_study(study=study)
    client.force_login(study.owner)

    first, other = (
        client.get(reverse("study_results", args=[study.slug]), query).content.decode()
        for query in ({}, {"block": "one"})
    )

    assert "Registered question on melodiousness." in first
    assert "The protocol registers no question on this block" in other


def test_a_running_study_tells_none_of_it(study):
    study.state = "open"
    study.save()

    assert "robustness" not in compute_findings(study)
