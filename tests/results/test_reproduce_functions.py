"""Functions of the scripts on data that a small study does not have, against the site's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.accuracy import (
    compare_confusions,
    convert_to_d_prime,
    count_confusions,
    identification_accuracy,
)
from evalsite.analysis.entanglement import describe_target
from evalsite.analysis.groups import compare_groups
from evalsite.analysis.mixed import fit_linear_mixed
from evalsite.analysis.multiplicity import adjust_p_values
from evalsite.analysis.pairwise import fit_bradley_terry
from evalsite.analysis.result import Result
from evalsite.results.figures.agreement import ALPHA, matrix_of
from evalsite.results.reproduce import splits
from evalsite.results.reproduce.choices import agreement_with_model, d_prime
from evalsite.results.reproduce.effects import effects_of_qualities, owen_shares
from evalsite.results.reproduce.mixed import mixed_model
from evalsite.results.reproduce.pairs import ability, position_effect
from evalsite.results.reproduce.splits import agreement_difference


def make_ratings(*, listeners: float, recordings: float, seed: int = 0) -> pd.DataFrame:
    """Ratings of 12 listeners, 8 recordings and two conditions; `…`: how much these differ."""
    rng = np.random.default_rng(seed)
    names = (range(12), range(8), ("kept", "control"))
    rows = pd.MultiIndex.from_product(names, names=["listener", "recording", "condition"])
    frame = rows.to_frame(index=False)
    value = rng.normal(size=len(frame)) + 0.5 * (frame["condition"] == "kept")
    value += listeners * rng.normal(size=12)[frame["listener"]]
    value += recordings * rng.normal(size=8)[frame["recording"]]
    return frame.assign(value=value, kept=(frame["condition"] == "kept") * 1.0)


def list_ends(figures: list[Result]) -> list[float]:
    return [end for one in figures for end in (one.estimate, one.low, one.high)]


@pytest.mark.parametrize(
    ("listeners", "recordings"), [(1.0, 0.5), (0.0, 1.0), (0.02, 0.0), (5.0, 5.0)]
)
@pytest.mark.parametrize("seed", range(3))
def test_mixed_model_is_that_of_the_site(listeners, recordings, seed):
    frame = make_ratings(listeners=listeners, recordings=recordings, seed=seed)
    fitted = fit_linear_mixed(frame, fixed=["kept"])

    found = mixed_model(frame, "kept")

    parts = [fitted.fixed["kept"], *fitted.variances.values(), *fitted.shares.values()]
    assert found[:3] == [192, 12, 8]
    assert found[3:] == pytest.approx(list_ends(parts), rel=1e-4, abs=1e-4, nan_ok=True)


@pytest.mark.parametrize("keep", ["one listener", "equal", "explained"])
def test_nothing_to_fit_has_no_figures(keep):
    frame = make_ratings(listeners=1, recordings=1)
    if keep == "one listener":
        frame = frame[frame["listener"] == 0]
    else:
        frame["value"] = 0.0 if keep == "equal" else frame["listener"] + frame["kept"]

    found = mixed_model(frame, "kept")

    assert fit_linear_mixed(frame, fixed=["kept"]).reason
    assert found[0] == len(frame) and np.isnan(found[3:]).all()


def test_many_listeners_are_left_out_in_groups():
    rng = np.random.default_rng(1)
    names = (range(130), range(6))
    frame = pd.MultiIndex.from_product(names, names=["listener", "item"]).to_frame(index=False)
    value = np.clip(np.round(4 + frame["item"] / 2 + rng.normal(size=len(frame))), 1, 7)
    frame = frame.assign(
        value=value.where(rng.random(len(frame)) < 0.9),
        group=np.where(frame["listener"] % 5, "others", "musicians"),
    )
    groups = frame.groupby("listener")["group"].first().tolist()
    sides = {"first": "musicians", "second": "others"}
    known = compare_groups(
        matrix_of(frame),
        groups,
        **sides,
        coefficient=ALPHA,
        n_permutations=1999,
        rng=np.random.default_rng(8),
    ).difference

    found = agreement_difference(frame, "musicians", "others", 8)

    assert known.details["is_exact"] is False
    assert found == pytest.approx([*list_ends([known]), known.details["p_value"]])


def test_many_names_are_dealt_at_random(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    names = list("abcdefgh")
    truth = np.repeat(names, 12)
    rows = pd.DataFrame({"item": np.arange(96), "truth": truth, "choice": rng.permutation(truth)})
    outputs = pd.DataFrame(
        [(item, f"{item}.wav", name, rng.normal()) for item in range(96) for name in names],
        columns=["item", "clip_file", "output", "value"],
    ).assign(listening_gap="")
    outputs.to_csv(tmp_path / "outputs.csv", index=False)
    said = outputs.loc[outputs.groupby("item")["value"].idxmax(), "output"]
    human = count_confusions(truth, rows["choice"], categories=names)
    model = count_confusions(truth, said, categories=names)
    known = compare_confusions(human, model, rng=np.random.default_rng(0))
    monkeypatch.chdir(tmp_path)

    found = agreement_with_model(rows, "truth", 0)

    assert known.details["is_exact"] is False
    expected = [*list_ends([known]), known.details["p_value"]]
    assert found == pytest.approx(expected, nan_ok=True)


def test_pairs_of_listeners_who_answer_alike_have_no_interval():
    answers = [("a", "b", 1), ("b", "a", 1), ("b", "a", 0), ("a", "b", 0), ("b", "c", 1)]
    answers += [("c", "b", 0), ("a", "c", 0), ("c", "a", 0), ("a", "c", 1)]
    rows = pd.DataFrame(
        [(listener, *answer) for listener in range(4) for answer in answers],
        columns=["listener", "condition_a", "condition_b", "value"],
    )
    renamed = {"condition_a": "first", "condition_b": "second", "value": "outcome"}
    scale = fit_bradley_terry(rows.rename(columns=renamed), position=True)

    found = [*ability(rows, "a"), *position_effect(rows)]

    expected = list_ends([scale.abilities["a"], scale.position])
    assert np.isnan(expected[1:3]).all()
    assert found == pytest.approx(expected, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8])
def test_sensitivity_is_that_of_the_site(share):
    rng = np.random.default_rng(3)
    listener, recording = (axis.ravel() for axis in np.indices((12, 10)))
    value = (rng.random(120) < share) * 1.0
    rows = pd.DataFrame({"listener": listener, "recording": recording, "value": value})
    answers = rows.rename(columns={"recording": "clip", "value": "is_correct"})
    accuracy = identification_accuracy(answers, chance=0.5)
    known = convert_to_d_prime(accuracy, task="2afc")

    found = d_prime(rows, 0.5, 2)

    expected = [*list_ends([known]), known.details["p_value"]]
    assert found == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert np.isnan(found[1]) == (share == 0.05)


@pytest.mark.parametrize("linked", ["nothing", "twins", "one determined"])
def test_effects_and_shares_are_those_of_the_site(linked):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 5))
    if linked != "nothing":
        X[:, 1] = 0.3 * X[:, 1] - X[:, 0]
        X[:, 4] = X[:, 1] + 0.4 * X[:, 4]
    if linked == "one determined":
        X[:, 2] = X[:, 0] - X[:, 3]
    table = pd.DataFrame(X, columns=list("abcde")).assign(y=X.sum(1) + rng.normal(size=40))
    rows = table.stack().rename_axis(["recording", "quality"]).rename("value").reset_index()
    rows = rows.assign(listener="one", first_heard=rows["recording"])
    side = describe_target(table, target="y", rng=np.random.default_rng(0))
    sizes = [np.abs(part).mean(0) for part in (side.marginal, side.conditional)]
    weights = [row.weight for row in side.report.rows]
    shares = [part.owen for part in side.report.rows] + [one.share for one in side.report.groups]

    found = effects_of_qualities(rows, "listeners", "least squares", "y", *"abcde")

    assert found == pytest.approx(np.column_stack([weights, *sizes]).ravel(), nan_ok=True)
    assert np.isnan(found).all() == (linked == "one determined")
    assert (len(side.report.groups) < 5) == (linked != "nothing")
    assert owen_shares(rows, "listeners", "y", *"abcde") == pytest.approx(
        [share.estimate for share in shares]
    )


def test_p_values_are_adjusted_from_the_figures_reported(monkeypatch):
    p_values = {"a": 0.03, "b": 0.01, "c": np.nan, "d": 0.04, "e": 0.5}
    reported = {place: [0.0, np.nan, np.nan, p] for place, p in p_values.items()}
    monkeypatch.setattr(splits, "reported", reported)

    found = [splits.p_holm(None, place, *p_values)[0] for place in p_values]

    expected = adjust_p_values(list(p_values.values()), method="holm")
    assert found == pytest.approx(expected, nan_ok=True)
