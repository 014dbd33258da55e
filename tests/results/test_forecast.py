"""What a study will take: listeners, balance and power, by its own allocation."""

from __future__ import annotations

import pytest
from django.urls import reverse

from evalsite.results.forecast import Assumptions, forecast_study
from tests.factories import make_study

pytestmark = pytest.mark.django_db


def test_a_latin_square_needs_a_listener_a_condition_and_rating():
    found = forecast_study(make_study(n_recordings=3), Assumptions(n_ratings=4))

    assert found.allocation.is_enough
    assert found.allocation.n_listeners == 3 * 4
    assert {(line.fewest, line.most) for line in found.allocation.balance} == {(4, 4)}
    assert found.hours == 12 * found.load.minutes / 60


def test_a_sample_is_full_when_every_item_has_its_ratings():
    block = {"assignment": "sample", "items_per_sitting": 2, "ratings_per_item": 3}
    study = make_study(n_recordings=4, blocks=[block])

    enough = forecast_study(study, Assumptions(n_ratings=3))
    more = forecast_study(study, Assumptions(n_ratings=4))

    assert enough.allocation.is_enough
    assert enough.allocation.n_listeners == 12 * 3 / 2
    assert more.allocation.is_full
    assert more.allocation.n_listeners == enough.allocation.n_listeners
    assert {(line.fewest, line.most) for line in more.allocation.balance} == {(3, 3)}


def test_levels_between_listeners_double_what_is_needed():
    block = {"name": "helped", "when": {"help": ["with"]}}
    study = make_study(between={"help": ["with", "without"]}, blocks=[{}, block])

    found = forecast_study(study, Assumptions(n_ratings=1))

    fewest = {line.block: line.fewest for line in found.allocation.balance}
    assert found.allocation.n_listeners <= 6
    assert fewest["helped"] == 1


def test_means_are_as_reliable_as_spearman_and_brown_say():
    found = forecast_study(make_study(), Assumptions(n_ratings=5, correlation=0.3))

    assert found.means.reliability == pytest.approx(5 * 0.3 / (1 + 4 * 0.3))
    assert found.means.n_wanted == 10
    assert found.choices == ()


def test_choices_are_planned_by_their_chance():
    block = {"name": "x", "trial_type": "abx", "conditions": ["original", "kept", "control_area"]}

    (choice,) = forecast_study(make_study(blocks=[block]), Assumptions(share=0.75)).choices

    assert choice.chance == 0.5
    assert choice.plan.safe.n >= choice.plan.first.n == 23
    assert choice.n_answers == 15


def test_quotas_too_low_are_said(client):
    study = make_study(blocks=[{}], quotas={"musicians": 2, "others": 3})
    client.force_login(study.owner)

    page = client.get(reverse("study_forecast", args=[study.slug])).content.decode()

    assert "15 listeners give every item 5 ratings" in page
    assert "too few: raise them" in page


def test_what_is_supposed_can_be_changed_within_bounds(client):
    study = make_study()
    client.force_login(study.owner)
    url = reverse("study_forecast", args=[study.slug])

    assert (
        "3 listeners give every item 1 rating<"
        in client.get(url, {"n_ratings": 1}).content.decode()
    )
    refused = client.get(url, {"n_ratings": 1000})
    assert refused.status_code == 400
    assert "less than or equal to 100" in refused.content.decode()
