"""An open study is followed by counts, and by nothing that anybody answered."""

from __future__ import annotations

import pytest
from django.urls import reverse

from evalsite.responses.beginning import begin_sitting
from evalsite.responses.models import Sitting
from evalsite.responses.queries import Entrance
from evalsite.responses.services import decline_consent
from evalsite.results.progress import follow_study
from tests.factories import make_open_study, make_sitting

pytestmark = pytest.mark.django_db


def test_an_empty_study_has_nobody_anywhere():
    found = follow_study(make_open_study())

    assert found.last_activity is None
    assert (found.n_active, found.n_answers, found.n_unanswered) == (0, 0, 0)
    assert [(arm.n_rows, arm.n_sittings) for arm in found.arms] == [(3, 0)]


def test_people_are_counted_where_they_are():
    study = make_open_study(
        blocks=[{"assignment": "sample", "items_per_sitting": 2, "ratings_per_item": 2}],
        quotas={"musicians": 5},
        n_recordings=3,
    )
    make_sitting(study, training="10+")
    make_sitting(study, n_answers=1)
    make_sitting(study, is_pilot=True)
    declined, _ = begin_sitting(entrance=Entrance(study, is_pilot=False))
    decline_consent(sitting=declined)
    screened, _ = begin_sitting(entrance=Entrance(study, is_pilot=False))
    Sitting.objects.filter(pk=screened.pk).update(state="screened_out")

    found = follow_study(study)

    flow = {name: found.flow[name] for name in ("started", "finished", "declined", "screened_out")}
    assert flow == {"started": 4, "finished": 1, "declined": 1, "screened_out": 1}
    assert found.flow["pilots"] == 1
    assert (found.n_active, found.n_answers, found.n_unanswered) == (1, 3, 0)
    (block,) = found.blocks
    assert (block.n_items, block.wanted, block.n_places) == (9, 2, 18)
    assert (block.n_answered, block.n_held) == (3, 1)
    assert (block.fewest, block.most) == (0, 1)
    groups = [(group.name, group.n_finished, group.n_held, group.quota) for group in found.groups]
    assert groups == [("musicians", 1, 0, 5), ("others", 0, 1, None)]
    assert [arm.n_sittings for arm in found.arms] == [2]
    assert found.last_activity is not None


def test_arms_are_told_by_their_levels():
    study = make_open_study(blocks=[{}], between={"help": ["with", "without"]})
    make_sitting(study)

    arms = follow_study(study).arms

    assert [(arm.levels, arm.n_rows) for arm in arms] == [("help with", 3), ("help without", 3)]
    assert sum(arm.n_sittings for arm in arms) == 1


def test_the_page_names_no_condition(client):
    study = make_open_study()
    for _ in range(3):
        make_sitting(study, lambda _, condition, __: 7 if condition == "kept" else 1)
    client.force_login(study.owner)

    page = client.get(reverse("study_progress", args=[study.slug])).content.decode()

    assert "You are blind." in page
    for condition in ("kept", "control", "original"):
        assert condition not in page.split("<main", 1)[1]
