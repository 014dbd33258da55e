"""Figures are computed once for each state of the data; what takes long, by a worker."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import timezone

from evalsite.analysis.mixed import fit_linear_mixed
from evalsite.responses.models import Sitting
from evalsite.results import store
from evalsite.results.by_worker import compute_models
from evalsite.results.findings import findings_of
from evalsite.results.models import Analysis
from evalsite.results.services import run_analysis
from evalsite.results.tables.frames import ratings_frame
from evalsite.results.tasks import reap_analyses
from evalsite.results.tasks import run_analysis as run_analysis_task
from evalsite.studies.models import Study
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
LEVEL = {"practice": 2, "original": 5, "kept": 5, "control_area": 3}


def rate(recording: str, condition: str, quality: str) -> int:
    return LEVEL[condition] + (recording == "Piece 1") - (quality == "minorness")


@pytest.fixture
def study():
    study = factories.make_open_study()
    rng = np.random.default_rng(4)
    for _ in range(6):
        factories.make_sitting(study, lambda *about: rate(*about) + int(rng.integers(-1, 2)))
    return close_study(study=study)


def test_findings_are_read_again_not_computed_again(study, django_assert_max_num_queries):
    found = findings_of(study)
    row = Analysis.objects.get(study=study, kind="findings")
    assert row.state == "done" and row.value == found and row.seconds > 0
    with django_assert_max_num_queries(5):
        assert findings_of(study) == found


def test_a_new_answer_makes_old_figures_go(study):
    study.state = "open"
    study.save()
    findings_of(study)
    factories.make_sitting(study, rate)
    findings_of(study)
    assert Analysis.objects.filter(study=study, kind="findings").count() == 1


def test_every_answer_changes_the_data_version(study):
    study.state = "open"
    study.save()
    versions = {store.describe_data(study)}
    sitting = factories.make_sitting(study, rate, n_answers=1)
    versions.add(store.describe_data(study))
    sitting.state = "finished"
    sitting.save()
    versions.add(store.describe_data(study))
    close_study(study=study)
    study.refresh_from_db()
    versions.add(store.describe_data(study))
    assert len(versions) == 4


def test_a_worker_fits_the_models_once(study):
    row = store.ask_worker(study, "models")
    assert row.state == "queued"
    assert store.ask_worker(study, "models").pk == row.pk

    run_analysis_task(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("done", 1)
    run_analysis(pk=row.pk)
    row.refresh_from_db()
    assert row.attempts == 1


def test_a_study_just_closed_and_one_read_again_have_one_data_version(study):
    assert store.describe_data(study) == store.describe_data(Study.objects.get(pk=study.pk))


def test_a_worker_leaves_what_was_asked_of_earlier_data(study):
    row = store.ask_worker(study, "models")
    Sitting.objects.filter(study=study).update(active_at=timezone.now())
    run_analysis(pk=row.pk)
    assert not Analysis.objects.filter(pk=row.pk).exists()


def test_models_are_those_of_the_ratings(study):
    found = compute_models(study)["blocks"][0]["qualities"][0]
    frame = ratings_frame(study)
    frame = frame[frame["quality"] == "melodiousness"].astype({"value": float})
    frame = frame.assign(
        listener=frame["participant"],
        kept=(frame["condition"] == "kept").astype(float),
        original=(frame["condition"] == "original").astype(float),
    )
    expected = fit_linear_mixed(frame, fixed=["kept", "original"])
    assert found["effects"]["kept"]["estimate"] == pytest.approx(
        expected.fixed["kept"].estimate, abs=1e-9
    )
    assert found["shares"]["listener"]["estimate"] == pytest.approx(
        expected.shares["listener"].estimate, abs=1e-6
    )
    assert found["effects"]["kept"]["estimate"] == pytest.approx(2, abs=1.5)


def test_a_study_without_answers_has_models_with_a_reason():
    study = close_study(study=factories.make_open_study())
    quality = compute_models(study)["blocks"][0]["qualities"][0]
    assert quality["effects"] == {}
    assert quality["reason"] == "no_data"


def test_a_failed_analysis_says_so(study):
    row = store.ask_worker(study, "models")

    def burst(study):
        raise ZeroDivisionError

    store.run(row.pk, {"models": burst})

    row.refresh_from_db()
    assert row.state == "failed"
    assert row.error == "Something unexpected happened: ZeroDivisionError. The log tells more."


@pytest.mark.parametrize(("attempts", "state"), [(1, "queued"), (3, "failed")])
def test_the_reaper_takes_back_what_a_dead_worker_held(study, attempts, state):
    machine = store.make_lease().partition(":")[0]
    row = Analysis.objects.create(
        study=study,
        kind="models",
        data_version="v",
        state="running",
        lease=f"{machine}:999999999:1:x",
        attempts=attempts,
    )
    reap_analyses()
    row.refresh_from_db()
    assert (row.state, row.lease) == (state, "")


def test_figures_come_back_with_their_keys_in_order(study):
    value = {"zebra": 1, "a": {"longer": 2, "b": None}, "mid": [{"y": 1.5, "x": "ä"}]}
    row = Analysis.objects.create(study=study, kind="order", data_version="1", value=value)

    kept = Analysis.objects.get(pk=row.pk).value

    assert kept == value
    assert list(kept) == ["zebra", "a", "mid"]
    assert list(kept["a"]) == ["longer", "b"] and list(kept["mid"][0]) == ["y", "x"]
    assert Analysis.objects.create(study=study, kind="none", data_version="1").value == {}
