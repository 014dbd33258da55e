"""Ratings as people have them: words, masked arrays, frames of several types."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.agreement import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    icc,
    kendall_w,
    krippendorff_alpha,
    percent_agreement,
)

nominal_alpha = partial(krippendorff_alpha, level="nominal")
NOMINAL = {
    "alpha": nominal_alpha,
    "percent": percent_agreement,
    "fleiss": fleiss_kappa,
    "ac1": gwet_ac1,
    "bp": brennan_prediger,
    "conger": conger_kappa,
}
# Five observers of eight items, as letters and as their places in the alphabet.
LETTERS = np.array(
    [
        ["a", "b", "c", "c", "b", "a", "d", None],
        ["a", "b", "c", "c", "b", "b", "d", "a"],
        [None, "c", "c", "c", "b", "c", "d", "b"],
        ["a", "b", "c", "c", "b", "d", "d", "a"],
        ["b", "a", "c", None, "d", "e", "d", "e"],
    ],
    dtype=object,
)
NUMBERS = np.array(
    [[np.nan if one is None else ord(one) - ord("a") for one in row] for row in LETTERS]
)


def spread(ratings: np.ndarray) -> pd.DataFrame:
    rater, item = np.indices(ratings.shape)
    frame = {"rater": rater.ravel(), "item": item.ravel(), "value": ratings.ravel()}
    return pd.DataFrame(frame).sample(frac=1, random_state=1)


@pytest.mark.parametrize("name", list(NOMINAL))
@pytest.mark.parametrize(
    "give",
    [
        lambda letters: letters,
        lambda letters: letters.tolist(),
        lambda letters: pd.DataFrame(letters),
        lambda letters: pd.DataFrame(letters).astype("category"),
        lambda letters: pd.DataFrame(letters).astype("string"),
        lambda letters: pd.DataFrame(letters).where(lambda f: f.notna(), pd.NA),
        spread,
    ],
    ids=["array", "list", "frame", "category", "string", "NA", "long"],
)
def test_words_agree_as_the_numbers_of_their_places_do(name, give):
    found = NOMINAL[name](give(LETTERS))

    expected = NOMINAL[name](NUMBERS)
    ends = (expected.estimate, expected.low, expected.high)
    assert (found.estimate, found.low, found.high) == pytest.approx(ends, abs=1e-12)
    assert found.n == expected.n


def test_cohen_kappa_takes_words():
    found = cohen_kappa([["yes", "no", "yes", None], ["yes", "no", "no", "yes"]])

    assert found == cohen_kappa([[1, 0, 1, None], [1, 0, 0, 1]])


def test_categories_of_words_count_those_nobody_chose():
    found = brennan_prediger(LETTERS, categories=["a", "b", "c", "d", "e", "f"], interval=None)

    assert found.details["chance_agreement"] == pytest.approx(1 / 6)


def test_fleiss_names_the_words_of_its_categories():
    found = fleiss_kappa([["no", "yes", "no"], ["no", "yes", "yes"]])

    assert list(found.details["per_category"]) == ["no", "yes"]


MIXED = [["a", 1], ["b", 2]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: krippendorff_alpha(LETTERS, level="interval"), "ratings must be numbers, got 'a'"),
        (lambda: krippendorff_alpha(spread(LETTERS), level="ordinal"), "ratings must be numbers"),
        (lambda: icc(pd.DataFrame(LETTERS)), "ratings must be numbers, got 'a'"),
        (lambda: kendall_w(LETTERS.tolist()), "ratings must be numbers, got 'a'"),
        (lambda: fleiss_kappa(LETTERS, weights="linear"), "weights 'linear' need .* got 'a'"),
        (lambda: conger_kappa(LETTERS, weights="ordinal"), "weights 'ordinal' need .* numbers"),
        (lambda: cohen_kappa(LETTERS[:2], weights="linear"), "weights 'linear' need"),
        (lambda: gwet_ac1(MIXED), "all numbers or all words, got both"),
        (lambda: gwet_ac1(LETTERS, categories=["a", "b"]), "among the categories, got 'c'"),
        (lambda: gwet_ac1(LETTERS, categories=["a", "a"]), "categories must name each word once"),
        (lambda: gwet_ac1(LETTERS, categories=[1, 2]), "categories must name each word once"),
        (lambda: gwet_ac1(NUMBERS, categories=[0, np.nan]), "categories must be finite"),
        (lambda: gwet_ac1(NUMBERS, categories=[0, np.inf]), "categories must be finite"),
        (lambda: gwet_ac1([[1, np.inf]]), "ratings must be finite or NaN, got infinity"),
        (lambda: icc(np.array([["2026-01-01", "2026-01-02"]], dtype="M8[D]")), "must be numbers"),
        (lambda: icc(pd.DataFrame({0: pd.to_datetime(["2026-01-01"])})), "must be numbers"),
        (lambda: icc([[pd.Timestamp(0), 1]]), "must be numbers"),
        (lambda: icc([[1, [2, 3]]]), "rows of one length"),
        (lambda: icc([[1 + 2j, 1]]), "must be numbers"),
    ],
)
def test_ratings_that_are_no_categories_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "ratings",
    [
        np.ma.masked_array(np.nan_to_num(NUMBERS, nan=9.0), np.isnan(NUMBERS)),
        np.ma.masked_equal(np.nan_to_num(NUMBERS, nan=9.0).astype(int), 9),
        [[pd.NA if np.isnan(one) else one for one in row] for row in NUMBERS],
        np.array([[pd.NA if np.isnan(one) else one for one in row] for row in NUMBERS]),
        pd.DataFrame(NUMBERS).astype({0: "Int64", 1: "Float64", 2: object}),
        pd.DataFrame(NUMBERS).astype("Int64"),
        spread(NUMBERS).astype({"value": "Int64"}),
        spread(NUMBERS).astype({"value": object}),
    ],
    ids=["mask", "int mask", "NA list", "NA array", "mixed frame", "Int64", "long", "long object"],
)
@pytest.mark.parametrize("coefficient", [icc, nominal_alpha, gwet_ac1])
def test_what_is_missing_may_be_marked_in_any_way(coefficient, ratings):
    assert coefficient(ratings).estimate == pytest.approx(coefficient(NUMBERS).estimate, abs=1e-9)
