from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.screening import (
    Exclusion,
    describe_mushra,
    screen_catch_trials,
    screen_coverage,
    screen_mushra,
    screen_straight_lining,
    screen_time,
)
from tests.analysis.reference import load_case

CASE = load_case("16_mushra_post_screening")
EXPECTED, TOLERANCE = CASE["expected"], CASE["tolerance"]
SCORES = pd.DataFrame(CASE["data"]["rows"], columns=CASE["data"]["columns"])


def make_scores(reference: list[float], anchor: list[float], listener: str = "a") -> pd.DataFrame:
    rows = [
        (listener, item, condition, score)
        for condition, scores in (("reference", reference), ("midanchor", anchor))
        for item, score in enumerate(scores)
    ]
    return pd.DataFrame(rows, columns=["listener", "item", "condition", "score"])


def test_mushra_excludes_exactly_whom_the_recommendation_does():
    screening = screen_mushra(SCORES)

    for name in ("hidden_reference", "mid_anchor"):
        assert list(screening.list_excluded_by(name)) == EXPECTED[f"excluded_{name}"]
    assert list(screening.excluded) == EXPECTED["excluded"]
    assert list(screening.kept) == EXPECTED["kept"]
    assert list(screening.ignored_items) == EXPECTED["mid_items_ignored"]
    assert screening.count_by_rule() == {"hidden_reference": 3, "mid_anchor": 1}


def test_mushra_means_of_the_listeners_kept_equal_the_reference():
    found = describe_mushra(SCORES, screen_mushra(SCORES))

    for name, result in found.items():
        expected = EXPECTED["listener_mean_ci95"][name]
        assert result.details["mean"] == pytest.approx(
            EXPECTED["mean_kept"][name], abs=TOLERANCE["means"]
        )
        assert result.details["median"] == EXPECTED["median_kept"][name]
        assert [result.estimate, result.low, result.high] == pytest.approx(
            expected, abs=TOLERANCE["ci"]
        )


@pytest.mark.parametrize(
    ("n_low", "score", "is_excluded"), [(3, 89.9, False), (4, 89.9, True), (20, 90, False)]
)
def test_reference_rule_allows_its_very_limits(n_low, score, is_excluded):
    reference = [score] * n_low + [100] * (20 - n_low)

    screening = screen_mushra(make_scores(reference, [50] * 20))

    assert screening.excluded == (("a",) if is_excluded else ())


@pytest.mark.parametrize(("n_others", "ignored"), [(3, ()), (2, (0,))])
def test_anchor_rule_ignores_an_item_that_more_than_a_quarter_put_high(n_others, ignored):
    anchor = [95, 50, 50, 50, 50]
    frames = [make_scores([100] * 5, anchor, "a")]
    frames += [make_scores([100] * 5, [50] * 5, f"b{i}") for i in range(n_others)]

    screening = screen_mushra(pd.concat(frames))

    # One of 4 is exactly a quarter and counts: 1 of 5 items is more than 15 %.
    assert screening.ignored_items == ignored
    assert screening.list_excluded_by("mid_anchor") == (() if ignored else ("a",))


def test_exclusion_says_rule_value_and_limit():
    exclusion = screen_mushra(make_scores([80, 100, 100, 100], [50] * 4)).exclusions[0]

    assert exclusion == Exclusion(
        "a",
        "hidden_reference",
        0.25,
        0.15,
        4,
        "Listener a scored the hidden reference below 90 in 1 of 4 items; the rule allows 15%.",
    )


def test_order_of_rows_changes_nothing():
    assert screen_mushra(SCORES.sample(frac=1, random_state=1)) == screen_mushra(SCORES)


def test_catch_trials_count_missing_answers_as_wrong():
    answers = pd.DataFrame({"listener": [1, 1, 2, 2, 3, 3], "is_correct": [1, 1, 1, 0, 1, None]})

    assert screen_catch_trials(answers).excluded == (2, 3)
    assert screen_catch_trials(answers, max_wrong=0.5).excluded == ()


def test_coverage_counts_clips_not_heard_far_enough():
    trials = pd.DataFrame({"listener": list("aaaabbbb"), "heard": [1, 1, 1, 0.5, 1, 0.2, None, 1]})

    screening = screen_coverage(trials, max_share=0.25)

    assert screening.excluded == ("b",)
    assert screening.exclusions[0].sentence == (
        "Listener b heard less than 100% of the clip in 2 of 4 trials; the rule allows 25%."
    )
    assert screen_coverage(trials, min_heard=0.5, max_share=0.5).excluded == ()


def test_time_leaves_unknown_times_out():
    trials = pd.DataFrame(
        {"listener": list("aaabbbc"), "seconds": [12, 9.9, None, 10, 11, 12, None]}
    )

    screening = screen_time(trials, min_seconds=10, max_share=0.25)

    assert screening.excluded == ("a",)
    assert (screening.exclusions[0].value, screening.exclusions[0].n) == (0.5, 2)
    assert screening.listeners == ("a", "b", "c")


@pytest.mark.parametrize(
    ("values", "longest"),
    [
        ([4, 4, 4, 4], 4),
        ([4, 4, 5, 4, 4, 4], 3),
        ([4, 4, None, 4, 4], 2),
        ([None, None, None], 0),
        ([1, 2, 3], 1),
    ],
)
def test_straight_lining_finds_the_longest_run(values, longest):
    ratings = pd.DataFrame({"listener": "a", "value": np.array(values, dtype=float)})

    allowed = screen_straight_lining(ratings, max_run=max(longest, 1))

    assert allowed.excluded == ()
    if longest > 1:
        broken = screen_straight_lining(ratings, max_run=longest - 1)
        assert broken.exclusions[0].value == longest


def test_rules_add_up_and_keep_all_they_found():
    catch = screen_catch_trials(pd.DataFrame({"listener": ["a", "b"], "is_correct": [0, 1]}))
    lining = screen_straight_lining(
        pd.DataFrame({"listener": ["a"] * 3 + ["c"] * 3, "value": [1, 1, 1, 1, 2, 3]}), max_run=2
    )

    both = catch | lining

    assert both.count_by_rule() == {"catch_trials": 1, "straight_lining": 1}
    assert (both.excluded, both.kept) == (("a",), ("b", "c"))
    frame = pd.DataFrame({"listener": ["a", "c"], "x": [1, 2]})
    assert both.keep(frame)["x"].tolist() == [2]
    with pytest.raises(ValueError, match="each rule can be applied once, got 'catch_trials'"):
        both | catch


def test_means_of_one_listener_or_none_have_a_reason():
    scores = make_scores([100, 95], [50, 60])
    everybody = screen_catch_trials(pd.DataFrame({"listener": ["a"], "is_correct": [0]}))

    one = describe_mushra(scores, screen_mushra(scores))["midanchor"]
    none = describe_mushra(scores, everybody)["midanchor"]

    assert (one.estimate, one.reason) == (55.0, "too_few_listeners")
    assert none.reason == "no_data"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: screen_mushra(SCORES, reference="ref"), "must hold the condition 'ref'"),
        (lambda: screen_mushra(SCORES.assign(score=101)), "between 0 and 100, got 101"),
        (lambda: screen_mushra(pd.concat([SCORES, SCORES[:1]])), "listener L1 .* item i01 twice"),
        (lambda: screen_mushra(SCORES, max_share=15), "must lie between 0 and 1, got 15"),
        (lambda: screen_time(SCORES, min_seconds=1), "data needs the column 'seconds'"),
        (
            lambda: screen_coverage(pd.DataFrame({"listener": [1], "heard": [3]})),
            "heard must lie between 0 and 1, got 3",
        ),
        (
            lambda: screen_straight_lining(
                pd.DataFrame({"listener": [1], "value": [3]}), max_run=0
            ),
            "max_run must be 1 or more, got 0",
        ),
    ],
)
def test_screening_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
