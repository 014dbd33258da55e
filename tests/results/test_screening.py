"""A study's rules at work: who is left out, who is flagged, and nothing dropped in silence."""

from __future__ import annotations

import pytest

from evalsite.responses.models import CheckRound, Response
from evalsite.results.findings import compute_findings
from evalsite.results.tables.frames import ratings_frame
from evalsite.results.tables.screening import screen_study
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
BLOCK = {
    "trial_type": "presence",
    "parameters": {"qualities": ["melodiousness"]},
    "catch": 1,
    "repeats": 2,
}


def make_study(*rules: dict[str, object], checks: list[dict[str, object]] | None = None):
    overrides = {"blocks": [BLOCK], "exclusions": list(rules)}
    if checks:
        overrides["checks"] = checks
    return factories.make_open_study(n_recordings=3, **overrides)


def sit(study, ratings, *, listens: bool = True, **options):
    """Ratings one after the other, over and over; the catch trial by whoever listens."""
    step = study.items.get(kind="catch").key["value"]
    given = iter(ratings * 20)

    def rate(_, condition, __):
        if condition == "catch":
            return step if listens else step % 7 + 1
        return next(given)

    return factories.make_sitting(study, rate, **options)


def find_excluded(study, *, rule: str) -> int:
    screened = screen_study(study, ratings_frame(study))
    return len(screened.found[rule].excluded)


def test_rules_leave_out_and_flag_as_the_protocol_says():
    study = make_study(
        {"rule": "unfinished"},
        {"rule": "catch_trials"},
        {"rule": "straight_lining", "max_run": 4},
    )
    sit(study, [1, 2, 3])
    sit(study, [4])
    sit(study, [4], listens=False)
    sit(study, [5, 6, 7], listens=False)
    sit(study, [1], n_answers=2)

    found = compute_findings(close_study(study=study))

    assert found["flow"]["finished"] == 4
    assert found["flow"]["left_out"] == {"unfinished": 1, "catch_trials": 2}
    assert found["flow"]["analysed"] == found["counts"]["listeners_analysed"] == 2
    rules = {rule["rule"]: (rule["action"], rule["n_broke"]) for rule in found["exclusions"]}
    assert rules == {
        "unfinished": ("exclude", 1),
        "catch_trials": ("exclude", 2),
        "straight_lining": ("flag", 2),
    }
    assert found["counts"]["judgments"] == len(ratings_frame(study))


def test_who_breaks_two_rules_is_counted_at_the_first():
    study = make_study(
        {"rule": "unfinished"}, {"rule": "straight_lining", "action": "exclude", "max_run": 1}
    )
    sit(study, [1, 2, 3])
    sit(study, [4], n_answers=3)

    flow = compute_findings(close_study(study=study))["flow"]

    assert flow["left_out"] == {"unfinished": 1, "straight_lining": 0}
    assert flow["analysed"] == 1


def test_without_rules_everything_is_analysed():
    study = make_study()
    sit(study, [1, 2, 3])
    sit(study, [4], n_answers=2)

    assert compute_findings(close_study(study=study))["flow"]["analysed"] == 2


@pytest.mark.parametrize(("seconds", "n"), [(1.9, 1), (2.0, 0)])
def test_time_on_the_page_counts(seconds, n):
    study = make_study({"rule": "time"})
    sitting = sit(study, [1, 2, 3])
    Response.objects.filter(trial__sitting=sitting).update(elapsed_ms=1000 * seconds)

    assert find_excluded(study, rule="time") == n


@pytest.mark.parametrize(("until", "n"), [(0.44, 1), (0.45, 0)])
def test_coverage_is_the_share_of_the_clip_that_was_heard(until, n):
    study = make_study({"rule": "coverage"})
    sitting = sit(study, [1, 2, 3])
    Response.objects.filter(trial__sitting=sitting).update(heard={"A": [[0.0, until]]})

    assert find_excluded(study, rule="coverage") == n


@pytest.mark.parametrize(("second", "n"), [(3, 0), (7, 1)])
def test_repeats_are_compared_with_the_first_answer(second, n):
    study = make_study({"rule": "repeats"})
    sitting = sit(study, [2])
    again = Response.objects.filter(trial__sitting=sitting, trial__occasion=2)
    assert again.update(answer={"ratings": {"melodiousness": second}, "confidence": 3}) == 2

    assert find_excluded(study, rule="repeats") == n


@pytest.mark.parametrize(("n_right", "n"), [(5, 1), (6, 0)])
def test_who_fails_a_headphone_check_is_found(n_right, n):
    study = make_study(
        {"rule": "headphone_check"}, checks=[{"kind": "huggins", "fail": "note", "attempts": 1}]
    )
    sitting = sit(study, [1, 2, 3])
    CheckRound.objects.bulk_create(
        CheckRound(
            sitting=sitting,
            kind="huggins",
            attempt=1,
            number=k + 1,
            blob="b" * 64,
            duration=1.0,
            key=1,
            answer=1 if k < n_right else 2,
        )
        for k in range(6)
    )

    assert find_excluded(study, rule="headphone_check") == n
