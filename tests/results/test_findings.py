"""Known answers in, known figures out."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest

from evalsite.results.findings import compute_findings, findings_of
from evalsite.results.tables.frames import participants_frame, ratings_frame
from evalsite.results.tables.judgments import measure_heard
from evalsite.results.tables.screening import screen_study
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
LEVEL = {"practice": 1, "original": 6, "kept": 5, "control_area": 2}


def rate_known(recording: str, condition: str, quality: str) -> int | str:
    if quality == "minorness" and condition == "control_area":
        return "cant_tell"
    return LEVEL[condition] + (recording == "Piece 1" and condition == "kept")


@pytest.fixture
def closed_study():
    study = factories.make_open_study()
    for n in range(6):
        factories.make_sitting(study, rate_known, training="10+" if n % 2 else "0")
    factories.make_sitting(study, lambda *_: 1, is_pilot=True)
    factories.make_sitting(study, lambda *_: 1, n_answers=2)
    return close_study(study=study)


def find(found, quality, condition=None):
    entry = next(q for q in found["blocks"][0]["qualities"] if q["name"] == quality)
    if condition is None:
        return entry
    return next(c for c in entry["conditions"] if c["condition"] == condition)


def test_means_counts_and_cant_tell_are_those_of_the_answers(closed_study):
    found = compute_findings(closed_study)
    kept = find(found, "melodiousness", "kept")
    assert kept["n_judgments"] == 6
    assert kept["counts"] == [0, 0, 0, 0, 4, 2, 0]
    assert kept["mean"]["estimate"] == pytest.approx(32 / 6)
    assert find(found, "melodiousness", "control_area")["mean"]["estimate"] == 2
    control = find(found, "minorness", "control_area")
    assert control["cant_tell"]["estimate"] == 1
    assert control["mean"]["estimate"] is None
    assert control["mean"]["reason"] == "no_data"
    contrast = find(found, "melodiousness")["contrast"]
    assert contrast["estimate"] == pytest.approx(32 / 6 - 2)
    assert found["blocks"][0]["main"] == {
        "quality": "melodiousness",
        "contrast": ["kept", "control_area"],
    }


def test_alpha_equals_the_oracle(closed_study):
    rng = np.random.default_rng(3)
    study = factories.make_open_study(n_recordings=4)
    for _ in range(6):
        factories.make_sitting(
            study,
            lambda _, condition, __: (
                "cant_tell"
                if rng.random() < 0.1
                else int(np.clip(LEVEL[condition] + rng.integers(-1, 2), 1, 7))
            ),
        )
    found = compute_findings(close_study(study=study))
    frame = ratings_frame(study)
    for quality in ("melodiousness", "minorness"):
        rows = frame[frame["quality"] == quality].astype({"value": "Float64"})
        matrix = rows.pivot(index="participant", columns="item", values="value")
        oracle = krippendorff.alpha(
            matrix.to_numpy(dtype=float, na_value=np.nan), level_of_measurement="ordinal"
        )
        assert find(found, quality)["agreement"]["estimate"] == pytest.approx(oracle, abs=1e-9)


def test_pilots_practice_and_unfinished_sittings_stay_out_of_the_figures(closed_study):
    found = compute_findings(closed_study)
    flow = {"started": 7, "agreed": 7, "finished": 6, "in_the_middle": 1, "pilots": 1}
    assert {key: found["flow"][key] for key in flow} == flow
    assert found["flow"]["analysed"] == 6
    assert found["counts"]["judgments"] == 6 * 3 * 2 + 2 * 2
    assert found["counts"]["judgments_analysed"] == 6 * 3 * 2
    frame = ratings_frame(closed_study)
    assert set(frame["condition"]) == {"original", "kept", "control_area"}
    assert frame["sitting_finished"].sum() == 36
    assert len(ratings_frame(closed_study, include_pilots=True)) == len(frame) + 6


def test_groups_follow_the_protocols_rule(closed_study):
    groups = find(compute_findings(closed_study), "melodiousness")["groups"]
    assert [(g["group"], g["n_listeners"]) for g in groups] == [("musicians", 3), ("others", 3)]
    frame = participants_frame(
        closed_study, screen_study(closed_study, ratings_frame(closed_study))
    )
    assert sorted(frame["about_training"]) == ["0", "0", "0", "0", "10+", "10+", "10+"]
    assert set(frame["minutes"].dropna()) == {7.0}


def test_an_open_study_is_blind(closed_study):
    closed_study.state = "open"
    closed_study.save()
    found = compute_findings(closed_study)
    assert found["is_blind"]
    shown = {"name", "label", "low", "high", "help", "agreement"}
    assert set(found["blocks"][0]["qualities"][0]) == shown
    assert "conditions" not in found["blocks"][0] and "main" not in found["blocks"][0]


def test_findings_are_computed_anew_when_an_answer_comes(closed_study):
    closed_study.state = "open"
    closed_study.save()
    assert findings_of(closed_study)["flow"]["finished"] == 6
    factories.make_sitting(closed_study, rate_known)
    assert findings_of(closed_study)["flow"]["finished"] == 7


def test_a_study_nobody_finished_says_why_its_figures_are_missing():
    study = close_study(study=factories.make_open_study())
    quality = compute_findings(study)["blocks"][0]["qualities"][0]
    assert quality["agreement"]["estimate"] is None
    assert quality["agreement"]["reason"] == "no_data"
    assert quality["contrast"]["reason"] == "no_data"
    assert [clip["n"] for clip in quality["clips"]] == [0] * 9


def test_one_clips_mean_has_the_t_interval_of_its_listeners(closed_study):
    clips = find(compute_findings(closed_study), "melodiousness")["clips"]
    kept = next(c for c in clips if c["condition"] == "kept" and c["recording"] == "Piece 1")
    assert (kept["n"], kept["mean"]["estimate"]) == (2, 6)
    assert kept["mean"]["reason"] == "no_variation"


@pytest.mark.parametrize(
    ("stretches", "seconds"),
    [([], 0.0), ([[0, 2], [1, 3]], 3.0), ([[4, 5], [0, 1]], 2.0), ([[0, 9], [1, 2]], 9.0)],
)
def test_heard_seconds_count_once(stretches, seconds):
    assert measure_heard(stretches) == seconds
