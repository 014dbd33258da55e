"""A running study is blind until somebody says why not."""

from __future__ import annotations

import pytest
from django.urls import reverse

from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.results.dataset.contents import gather_dataset
from evalsite.results.dataset.readme import write_readme
from evalsite.results.findings import findings_of
from evalsite.results.services import unblind_study
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
REASON = "The ethics board asks for an interim look."


@pytest.fixture
def study():
    study = factories.make_open_study()
    for _ in range(3):
        factories.make_sitting(study)
    return study


def post(client, study, reason):
    client.force_login(study.owner)
    url = reverse("study_unblind", args=[study.slug])
    return client.post(url, {"reason": reason}, follow=True).content.decode()


def test_unblinding_shows_the_conditions_and_says_who_when_and_why(client, study):
    assert "You are blind." in post(client, study, "please")
    html = post(client, study, REASON)
    assert "You are blind." not in html
    assert "All answers" in html and "Control (area)" in html
    row = study.unblindings.get()
    assert (row.who, row.reason, row.n_finished) == (study.owner, REASON, 3)
    assert f"{study.owner.get_username()} looked at the conditions" in html
    assert REASON in html


def test_the_data_set_tells_of_it(study):
    unblind_study(study=study, who=study.owner, reason=REASON)
    study = close_study(study=study)
    dataset = gather_dataset(study)
    (row,) = dataset.findings["unblindings"]
    assert row["who"] == study.owner.get_username()
    assert (row["reason"], row["n_finished"]) == (REASON, 3)
    assert f"3 sittings had finished: {REASON}" in write_readme(dataset, ())


def test_a_data_set_tells_that_nobody_looked(study):
    study = close_study(study=study)
    readme = write_readme(gather_dataset(study), ())
    assert "Nobody looked at the conditions while the study ran." in readme


def test_a_reason_is_needed(study):
    with pytest.raises(EarwitnessError, match=r"must have 10 to 500 characters, got 3\."):
        unblind_study(study=study, who=study.owner, reason="  why ")
    assert findings_of(study)["is_blind"]


def test_only_a_running_study_can_be_unblinded(study):
    closed = close_study(study=study)
    with pytest.raises(NotAllowedNow, match="Only a running study is blind"):
        unblind_study(study=closed, who=closed.owner, reason=REASON)


def test_nobody_unblinds_the_study_of_somebody_else(client, study):
    client.force_login(factories.make_user())
    url = reverse("study_unblind", args=[study.slug])
    assert client.post(url, {"reason": REASON}).status_code == 404
    assert not study.unblindings.exists()
