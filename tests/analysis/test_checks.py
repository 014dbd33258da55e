"""What every figure refuses, or reads as missing, whatever it is a figure of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis import Result
from evalsite.analysis.accuracy import (
    binomial_share,
    compare_confusions,
    convert_to_d_prime,
    count_confusions,
    d_prime,
    identification_accuracy,
)
from evalsite.analysis.agreement import icc, krippendorff_alpha, percent_agreement
from evalsite.analysis.checks import as_numbers
from evalsite.analysis.consensus import dawid_skene
from evalsite.analysis.describe import describe_conditions
from evalsite.analysis.group_effects import compare_effects
from evalsite.analysis.groups import compare_groups
from evalsite.analysis.levels import compare_levels
from evalsite.analysis.mixed import fit_linear_mixed
from evalsite.analysis.multiplicity import adjust_p_values
from evalsite.analysis.order import estimate_carry_over, estimate_drift
from evalsite.analysis.overlap import describe_overlap
from evalsite.analysis.pairwise import fit_bradley_terry
from evalsite.analysis.power import find_binomial_power, plan_raters, simulate_identification_power
from evalsite.analysis.presence import contrast_presence, estimate_presence
from evalsite.analysis.privacy import withhold_rare
from evalsite.analysis.profiles import Profiles
from evalsite.analysis.repeats import describe_repeats
from evalsite.analysis.screening import (
    Screening,
    describe_mushra,
    screen_catch_trials,
    screen_coverage,
    screen_headphone_check,
    screen_mushra,
    screen_repeats,
    screen_straight_lining,
    screen_time,
    screen_unfinished,
)
from evalsite.analysis.spans import measure_overlap

RATINGS = np.random.default_rng(0).integers(1, 6, (5, 12)).astype(float)
RNG = np.random.default_rng(0)


def make_judgments() -> pd.DataFrame:
    listener, recording = (axis.ravel() for axis in np.indices((6, 8)))
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "listener": listener,
            "recording": recording,
            "item": recording,
            "condition": np.where((listener + recording) % 2, "kept", "control"),
            "previous": np.where((listener + recording) % 3, "kept", "control"),
            "group": np.where(listener < 3, "a", "b"),
            "level": np.where(listener < 3, "a", "b"),
            "is_target": recording % 2 == 0,
            "position": rng.permuted(np.tile(np.arange(1, 9), (6, 1)), axis=1).ravel(),
            "value": rng.integers(1, 8, 48).astype(float),
        }
    )


FRAMES = {
    "drift": (estimate_drift, {}),
    "carry_over": (estimate_carry_over, {"condition": "kept", "baseline": "control"}),
    "effects": (
        compare_effects,
        {"first": "a", "second": "b", "condition": "kept", "baseline": "control", "rng": RNG},
    ),
    "presence": (estimate_presence, {"condition": "kept", "points": 7}),
    "presence_contrast": (
        contrast_presence,
        {"condition": "kept", "baseline": "control", "points": 7},
    ),
    "levels": (compare_levels, {"levels": ["a", "b"]}),
    "describe": (describe_conditions, {}),
    "profiles": (Profiles.of, {"column": "condition", "names": ["kept", "control"]}),
    "mixed": (fit_linear_mixed, {}),
}


@pytest.mark.parametrize("name", list(FRAMES))
def test_a_missing_listener_is_refused(name):
    figure, options = FRAMES[name]
    judgments = make_judgments().astype({"listener": object})
    judgments.loc[3, "listener"] = None

    with pytest.raises(ValueError, match="column 'listener' must have no missing entries"):
        figure(judgments, **options)


@pytest.mark.parametrize("column", ["listener", "value"])
@pytest.mark.parametrize("name", list(FRAMES))
def test_a_missing_column_is_named(name, column):
    figure, options = FRAMES[name]

    with pytest.raises(ValueError, match=f"needs the column '{column}'"):
        figure(make_judgments().drop(columns=column), **options)


@pytest.mark.parametrize("value", [np.inf, "four", pd.Timestamp(0)])
@pytest.mark.parametrize("name", list(FRAMES))
def test_values_that_are_no_finite_numbers_are_refused(name, value):
    figure, options = FRAMES[name]
    judgments = make_judgments().astype({"value": object})
    judgments.loc[5, "value"] = value

    with pytest.raises(ValueError, match=r"value.* must"):
        figure(judgments, **options)


@pytest.mark.parametrize("dtype", [object, "Float64"])
@pytest.mark.parametrize("name", [name for name in FRAMES if name not in ("profiles", "mixed")])
def test_values_that_are_na_count_as_missing(name, dtype):
    figure, options = FRAMES[name]
    judgments = make_judgments()
    judgments.loc[5, "value"] = np.nan
    marked = judgments.astype({"value": dtype})
    marked.loc[5, "value"] = pd.NA

    options = options | {"rng": np.random.default_rng(2)} if "rng" in options else options
    found = figure(marked, **options)

    options = options | {"rng": np.random.default_rng(2)} if "rng" in options else options
    assert str(found) == str(figure(judgments, **options))


def test_a_listener_in_both_groups_is_refused():
    judgments = make_judgments()
    judgments.loc[0, "group"] = "b"

    with pytest.raises(ValueError, match="listener 0 must be in one group, got two"):
        compare_effects(judgments, **FRAMES["effects"][1])


def test_ratings_beyond_the_scale_are_refused():
    judgments = make_judgments()
    judgments.loc[0, "value"] = 9.0

    with pytest.raises(ValueError, match=r"value must lie in 1\.\.7 or be NaN, got 9"):
        estimate_presence(judgments, condition="control", points=7)
    shifted = judgments.assign(value=judgments["value"].clip(1, 7) - 4)
    found = estimate_presence(shifted, condition="control", points=7, lowest=-3)
    assert np.isfinite(found.estimate)


def test_repeats_refuse_unnamed_listeners_and_infinity():
    pairs = pd.DataFrame({"listener": [1, None, 2], "first": [1, 2, 3], "second": [1, 2, 4]})

    with pytest.raises(ValueError, match="column 'listener' must have no missing"):
        describe_repeats(pairs)
    with pytest.raises(ValueError, match="first must be finite or NaN, got infinity"):
        describe_repeats(pairs.assign(listener=1, first=np.inf))
    with pytest.raises(ValueError, match="pairs needs the column 'second'"):
        describe_repeats(pairs.drop(columns="second"))
    told = pairs.assign(listener=[1, 2, 3], first=pd.Series([1, pd.NA, 3], dtype=object))
    assert describe_repeats(told).same.n == 2


NOT_NUMBERS = [None, "95", np.inf, np.nan, [0.9]]


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize(
    "call",
    [
        lambda value: icc(RATINGS, confidence=value),
        lambda value: d_prime(3, 4, task="2afc", confidence=value),
        lambda value: binomial_share(3, 4, chance=value),
        lambda value: binomial_share(value, 4, chance=0.5),
        lambda value: binomial_share(3, value, chance=0.5),
        lambda value: d_prime(value, 4, task="2afc"),
        lambda value: percent_agreement(
            RATINGS, interval="item_bootstrap", rng=RNG, n_resamples=value
        ),
        lambda value: compare_groups(
            RATINGS,
            list("aabbb"),
            first="a",
            second="b",
            coefficient=percent_agreement,
            n_permutations=value,
        ),
        lambda value: compare_effects(
            make_judgments(), n_permutations=value, **FRAMES["effects"][1]
        ),
        lambda value: plan_raters(icc(RATINGS), reliability=value),
        lambda value: find_binomial_power(value, chance=0.5, share=0.7),
        lambda value: withhold_rare(pd.DataFrame({"a": [1]}), ["a"], k=value),
        lambda value: dawid_skene([1], [1], [1], max_steps=value),
        lambda value: screen_straight_lining(
            pd.DataFrame({"listener": [1], "value": [3]}), max_run=value
        ),
        lambda value: screen_unfinished(pd.DataFrame({"listener": [1]})),
    ],
)
def test_options_that_are_no_numbers_are_refused_with_a_sentence(call, value):
    with pytest.raises(ValueError, match=r"must .*\.$|needs the column"):
        call(value)


@pytest.mark.parametrize("value", ["4", np.inf, [4]])
def test_k_that_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="k must be 1 or more"):
        icc(RATINGS, form="ICC(k)", k=value)


@pytest.mark.parametrize(
    "call",
    [
        lambda rng: percent_agreement(RATINGS, interval="item_bootstrap", rng=rng),
        lambda rng: compare_effects(make_judgments(), **(FRAMES["effects"][1] | {"rng": rng})),
        lambda rng: compare_groups(
            RATINGS,
            list("aabbb"),
            first="a",
            second="b",
            coefficient=percent_agreement,
            rng=rng,
        ),
        lambda rng: compare_confusions(
            count_confusions([1, 2, 3], [1, 2, 3]), count_confusions([1, 2, 3], [3, 2, 1]), rng=rng
        ),
        lambda rng: describe_overlap(
            pd.DataFrame(columns=["listener", "recording", "spans"]), {}, {}, rng=rng
        ),
        lambda rng: simulate_identification_power(
            n_listeners=5, n_clips=5, chance=0.5, share=0.7, sd_listener=0, sd_clip=0, rng=rng
        ),
    ],
)
@pytest.mark.parametrize("rng", [7, np.random])
def test_what_is_no_generator_is_refused(call, rng):
    with pytest.raises(ValueError, match=r"rng must be a np\.random\.Generator, got"):
        call(rng)


def test_adjusted_p_values_read_na_as_missing():
    expected = adjust_p_values([0.01, np.nan, 0.04])

    for given in (
        [0.01, pd.NA, 0.04],
        [0.01, None, 0.04],
        pd.Series([0.01, None, 0.04], dtype="Float64"),
        pd.Series([0.01, pd.NA, 0.04], dtype=object),
        np.ma.masked_array([0.01, 9, 0.04], [False, True, False]),
    ):
        np.testing.assert_array_equal(adjust_p_values(given), expected)
    with pytest.raises(ValueError, match=r"p_values must be numbers, got 'n\.s\.'"):
        adjust_p_values([0.01, "n.s."])


def test_numbers_keep_their_shape():
    assert as_numbers([], "x").shape == (0,)
    assert as_numbers(np.empty((0, 3), dtype=object), "x").shape == (0, 3)
    assert as_numbers(pd.Series([True, None], dtype="boolean"), "x")[0] == 1.0


# Listeners and scores of a screening.


def test_listeners_may_have_names_of_several_types():
    names = ["b", 2, "a", 1]
    frame = pd.DataFrame(
        {
            "listener": names,
            "is_finished": [True, False, None, True],
            "is_correct": [1, 0, 0, 1],
            "value": [1, 1, 2, 2],
            "n_checks_failed": [0, 1, 1, 0],
            "difference": [0.0, 0.5, 0.5, 0.0],
            "seconds": [1.0, 0.1, 0.1, 1.0],
            "heard": [1.0, 0.2, 0.2, 1.0],
        }
    )

    for found in (
        screen_unfinished(frame),
        screen_catch_trials(frame),
        screen_headphone_check(frame),
        screen_repeats(frame, max_difference=0.2),
        screen_time(frame, min_seconds=0.5),
        screen_coverage(frame),
        screen_straight_lining(pd.concat([frame[1:3]] * 2 + [frame]), max_run=2),
    ):
        assert found.listeners == (1, 2, "a", "b")
        assert found.excluded == (2, "a")


@pytest.mark.parametrize("marked", [pd.NA, None])
def test_a_sitting_not_known_to_have_ended_is_unfinished(marked):
    sittings = pd.DataFrame({"listener": [1, 2], "is_finished": [True, marked]})

    assert screen_unfinished(sittings).excluded == (2,)
    nullable = sittings.astype({"is_finished": "boolean"})
    assert screen_unfinished(nullable).excluded == (2,)


def make_scores(score: object) -> pd.DataFrame:
    rows = [(name, item, c, score) for name in "ab" for item in "xy" for c in ("reference", "mid")]
    return pd.DataFrame(rows, columns=["listener", "item", "condition", "score"])


def test_scores_that_are_text_are_refused():
    with pytest.raises(ValueError, match="score must be numbers, got 'good'"):
        screen_mushra(make_scores("good"), mid_anchor="mid")
    with pytest.raises(ValueError, match="score must be numbers, got 'good'"):
        describe_mushra(make_scores("good"), Screening((), (), ()))


def test_scores_that_are_all_alike_have_no_interval():
    found = describe_mushra(make_scores(80.0), Screening((), (), ()))["reference"]

    assert (found.estimate, found.reason) == (80.0, "no_variation")
    assert np.isnan([found.low, found.high]).all()


@pytest.mark.parametrize("column", ["listener", "condition", "score"])
def test_described_scores_need_their_columns(column):
    with pytest.raises(ValueError, match=f"data needs the column '{column}'"):
        describe_mushra(make_scores(80.0).drop(columns=column), Screening((), (), ()))


# Results.


def test_counts_of_a_result_are_plain_numbers():
    for found in (
        d_prime(np.int64(3), np.int64(8), task="2afc"),
        krippendorff_alpha(RATINGS, level="interval"),
        Result(1.0, 1.0, 1.0, np.int64(3), "any"),  # type: ignore[arg-type]
    ):
        assert type(found.n) is int


def test_a_population_is_named_where_nothing_is_defined():
    overlap = describe_overlap(
        pd.DataFrame(columns=["listener", "recording", "spans"]),
        {},
        {},
        rng=np.random.default_rng(0),
    )

    assert overlap.population == "new listeners and new recordings"
    assert measure_overlap([0, 0], [1, 1]).population
    assert measure_overlap([1, 0], [1, 2]).population


@pytest.mark.parametrize("share", [-0.1, 1.2])
def test_shares_beyond_their_range_have_no_d_prime(share):
    result = Result(share, np.nan, np.nan, 10, "any")

    with pytest.raises(ValueError, match="share must lie between 0 and 1, got"):
        convert_to_d_prime(result, task="2afc")


def test_a_share_whose_interval_reaches_one_has_no_upper_end():
    found = convert_to_d_prime(Result(0.9, 0.7, 1.0, 10, "any"), task="2afc")

    assert found.low < found.estimate
    assert np.isnan(found.high) and found.reason == "unbounded_sensitivity"


def test_a_share_surely_below_guessing_has_no_interval_of_sensitivity():
    for found in (
        d_prime(0, 20, task="2afc"),
        convert_to_d_prime(binomial_share(0, 20, chance=0.5), task="2afc"),
    ):
        assert (found.estimate, found.reason) == (0.0, "worse_than_guessing")
        assert np.isnan([found.low, found.high]).all()


def test_spans_that_are_no_lists_are_refused():
    marks = pd.DataFrame({"listener": [1], "recording": ["a"], "spans": [None]})

    with pytest.raises(ValueError, match=r"spans must be lists of .* got None"):
        describe_overlap(marks, {"a": [1.0]}, {"a": 1.0}, rng=np.random.default_rng(0))


@pytest.mark.parametrize("missing", [pd.NA, None, np.nan])
def test_missing_answers_end_a_run_however_they_are_marked(missing):
    frame = pd.DataFrame({"listener": 1, "value": [2, 2, missing, 2, 2, 2]}).astype(object)

    assert screen_straight_lining(frame, max_run=2).exclusions[0].value == 3
    assert not screen_straight_lining(frame, max_run=3).exclusions


def test_answers_that_are_text_are_refused():
    answers = pd.DataFrame({"listener": [1], "clip": [1], "is_correct": ["yes"]})

    with pytest.raises(ValueError, match="is_correct must be numbers, got 'yes'"):
        identification_accuracy(answers, chance=0.5)


@pytest.mark.parametrize("count", [np.inf, -1])
def test_counts_of_comparisons_are_finite(count):
    frame = pd.DataFrame({"first": ["a"], "second": ["b"], "outcome": [1], "count": [count]})

    with pytest.raises(ValueError, match="count must be 0 or more and finite"):
        fit_bradley_terry(frame)


def test_k_of_anonymity_is_whole_and_columns_are_named():
    frame = pd.DataFrame({"a": [1, 2]})

    with pytest.raises(ValueError, match=r"k must be a whole number of 1 or more, got 2\.5"):
        withhold_rare(frame, ["a"], k=2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="frame needs the column 'b'"):
        withhold_rare(frame, ["b"])
