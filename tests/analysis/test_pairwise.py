from __future__ import annotations

import choix
import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from evalsite.analysis.pairwise import fit_bradley_terry
from tests.analysis.reference import load_case

CASE = load_case("13_bradley_terry_baseball")
TOLERANCE = CASE["tolerance"]
# The difference of clips 0 and 3 fitted to 40,000 listeners of the simulation below.
MARGINAL = 0.959


def list_baseball() -> pd.DataFrame:
    games = pd.DataFrame(CASE["data"]).rename(columns={"home.team": "first", "away.team": "second"})
    home = games.assign(outcome=1, count=games["home.wins"])
    return pd.concat([home, games.assign(outcome=0, count=games["away.wins"])])


def draw_comparisons(
    rng: np.random.Generator,
    abilities: np.ndarray,
    *,
    n: int,
    position: float = 0.0,
    ties: float = -np.inf,
) -> pd.DataFrame:
    p = len(abilities)
    first = rng.integers(p, size=n)
    second = (first + rng.integers(1, p, n)) % p
    weights = np.stack(
        [
            np.exp(abilities[first] + position),
            np.exp(abilities[second]),
            np.exp(ties + (abilities[first] + abilities[second]) / 2),
        ]
    )
    reach = np.cumsum(weights / weights.sum(axis=0), axis=0)
    answer = (rng.random(n) > reach).sum(axis=0)
    return pd.DataFrame(
        {"first": first, "second": second, "outcome": np.array([1, 0, 0.5])[answer]}
    )


def test_abilities_equal_the_published_league():
    scale = fit_bradley_terry(list_baseball(), reference="Baltimore")

    expected = CASE["expected"]
    assert {name: r.estimate for name, r in scale.abilities.items()} == pytest.approx(
        expected["abilities"], abs=TOLERANCE["abilities"]
    )
    assert {
        name: r.details["standard_error"] for name, r in scale.abilities.items()
    } == pytest.approx(expected["se"], abs=TOLERANCE["se"])
    assert scale.deviance == pytest.approx(expected["deviance"], abs=TOLERANCE["deviance"])
    assert scale.df == expected["df"]


def test_home_advantage_equals_the_published_one():
    scale = fit_bradley_terry(list_baseball(), reference="Baltimore", position=True)

    expected = CASE["expected"]
    found = {f"team{name}": r.estimate for name, r in scale.abilities.items()}
    found["at.home"] = scale.position.estimate
    del found["teamBaltimore"]
    assert found == pytest.approx(expected["with_home"], abs=TOLERANCE["abilities"])
    errors = [r.details["standard_error"] for r in scale.abilities.values()][1:]
    assert [*errors, scale.position.details["standard_error"]] == pytest.approx(
        expected["with_home_se"], abs=TOLERANCE["se"]
    )
    assert scale.deviance == pytest.approx(
        expected["with_home_deviance"], abs=TOLERANCE["deviance"]
    )
    assert scale.df == expected["with_home_df"]


@pytest.mark.parametrize("seed", range(3))
def test_abilities_equal_choix(seed):
    rng = np.random.default_rng(seed)
    comparisons = draw_comparisons(rng, rng.normal(size=8), n=400)

    scale = fit_bradley_terry(comparisons)

    won = comparisons["outcome"] == 1
    winner = np.where(won, comparisons["first"], comparisons["second"])
    loser = np.where(won, comparisons["second"], comparisons["first"])
    oracle = choix.ilsr_pairwise(8, list(zip(winner, loser, strict=True)), alpha=0, tol=1e-12)
    assert [r.estimate for r in scale.abilities.values()] == pytest.approx(
        oracle - oracle.mean(), abs=1e-6
    )


def test_ties_and_position_maximise_davidsons_likelihood():
    rng = np.random.default_rng(5)
    comparisons = draw_comparisons(rng, np.array([0.0, 0.7, -0.5]), n=300, position=0.4, ties=-0.3)

    scale = fit_bradley_terry(comparisons, ties=True, position=True, reference=0)

    i, j = comparisons["first"].to_numpy(), comparisons["second"].to_numpy()
    outcome = comparisons["outcome"].to_numpy()

    def loss(x):
        a = np.array([0.0, x[0], x[1]])
        logits = np.stack([a[i] + x[2], a[j], x[3] + (a[i] + a[j]) / 2])
        chosen = np.where(outcome == 1, 0, np.where(outcome == 0, 1, 2))
        return -special.log_softmax(logits, axis=0)[chosen, np.arange(len(i))].sum()

    oracle = optimize.minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-7})
    found = [scale.abilities[1], scale.abilities[2], scale.position, scale.ties]
    assert [r.estimate for r in found] == pytest.approx(oracle.x, abs=1e-5)
    step = 1e-4
    curvature = np.array(
        [
            [
                (
                    loss(oracle.x + a + b)
                    - loss(oracle.x + a - b)
                    - loss(oracle.x - a + b)
                    + loss(oracle.x - a - b)
                )
                / (4 * step**2)
                for b in np.eye(4) * step
            ]
            for a in np.eye(4) * step
        ]
    )
    errors = np.sqrt(np.diag(np.linalg.inv(curvature)))
    assert [r.details["standard_error"] for r in found] == pytest.approx(errors, rel=1e-3)


def test_differences_do_not_depend_on_the_reference():
    games = list_baseball()
    centred, fixed = (fit_bradley_terry(games, reference=name) for name in (None, "Detroit"))

    a, b = (scale.compare("Boston", "Toronto") for scale in (centred, fixed))

    assert a.estimate == pytest.approx(b.estimate, abs=1e-9)
    assert (a.low, a.high) == pytest.approx((b.low, b.high), abs=1e-9)
    assert sum(r.estimate for r in centred.abilities.values()) == pytest.approx(0, abs=1e-9)


def test_order_of_rows_and_counts_in_rows_change_nothing():
    comparisons = draw_comparisons(np.random.default_rng(6), np.array([0.0, 0.5, 1.0]), n=60)
    counted = comparisons.value_counts().rename("count").reset_index()

    first, second = (fit_bradley_terry(x) for x in (comparisons, counted.iloc[::-1]))

    for name in (0, 1, 2):
        assert first.abilities[name].estimate == pytest.approx(
            second.abilities[name].estimate, abs=1e-9
        )
    assert first.n == second.n == 60


def test_intervals_cover_when_listeners_answer_after_their_own_taste():
    rng, truth = np.random.default_rng(7), np.array([0.6, 0.2, -0.2, -0.6])
    runs, robust, naive = 150, 0, 0
    for _ in range(runs):
        parts = []
        for listener in range(25):
            taste = rng.normal(0, 0.8, 4)
            parts.append(draw_comparisons(rng, truth + taste, n=24).assign(listener=listener))
        answers = pd.concat(parts)
        # Averaged over tastes a difference of 1.2 logits shrinks towards 0.
        result = fit_bradley_terry(answers).compare(0, 3)
        plain = fit_bradley_terry(answers.drop(columns="listener")).compare(0, 3)
        robust += result.low <= MARGINAL <= result.high
        naive += plain.low <= MARGINAL <= plain.high

    assert 0.91 <= robust / runs <= 0.99
    assert naive / runs < 0.85


@pytest.mark.parametrize(
    ("rows", "reason", "groups"),
    [
        ([], "no_data", ()),
        (
            [("a", "b", 1), ("b", "a", 1), ("c", "d", 1), ("d", "c", 1)],
            "not_compared",
            (("a", "b"), ("c", "d")),
        ),
        (
            [("a", "b", 1), ("b", "a", 1), ("a", "c", 1), ("c", "b", 0)],
            "unbounded_scale",
            (("a", "b"), ("c",)),
        ),
    ],
)
def test_scale_without_connection_is_undefined_and_names_the_groups(rows, reason, groups):
    comparisons = pd.DataFrame(rows, columns=["first", "second", "outcome"])

    scale = fit_bradley_terry(comparisons)

    assert scale.groups == groups
    assert all(np.isnan(r.estimate) and r.reason == reason for r in scale.abilities.values())


def test_a_winner_that_is_always_heard_first_leaves_position_unidentified():
    rows = [("a", "b", 1), ("b", "c", 1), ("c", "a", 1), ("b", "a", 1), ("a", "c", 1)]
    comparisons = pd.DataFrame(rows, columns=["first", "second", "outcome"])

    scale = fit_bradley_terry(comparisons, position=True)

    assert scale.position.reason == "not_identified"
    assert scale.compare("a", "b").reason == "not_identified"
    assert fit_bradley_terry(comparisons).abilities["a"].is_defined


def test_ties_that_nobody_called_have_a_reason():
    comparisons = draw_comparisons(np.random.default_rng(8), np.zeros(3), n=50)

    scale = fit_bradley_terry(comparisons, ties=True)

    assert scale.ties.reason == "no_ties"
    assert scale.abilities[0] == fit_bradley_terry(comparisons).abilities[0]


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        (("a", "a", 1), {}, "a clip cannot be compared with itself, got 'a'"),
        (("a", "b", 0.5), {}, "outcome must be 0 or 1 unless ties=True, got 0.5"),
        (("a", "b", 2), {"ties": True}, "outcome must be 0, 0.5 or 1, got 2"),
        (("a", None, 1), {}, "column 'second' must have no missing entries"),
        (("a", "b", 1), {"reference": "z"}, "reference must be one of the clips, got 'z'"),
    ],
)
def test_scale_refuses(row, options, message):
    comparisons = pd.DataFrame([row], columns=["first", "second", "outcome"])

    with pytest.raises(ValueError, match=message):
        fit_bradley_terry(comparisons, **options)


def test_scale_names_a_missing_column():
    with pytest.raises(ValueError, match="comparisons needs the column 'outcome'"):
        fit_bradley_terry(pd.DataFrame({"first": ["a"], "second": ["b"]}))


@pytest.mark.parametrize("reference", [None, "a"])
def test_listeners_who_answer_alike_leave_no_interval(reference):
    """Four listeners, each with the same answers."""
    rows = [("a", "b", 1), ("b", "a", 1), ("b", "a", 0), ("a", "b", 0), ("b", "c", 1)]
    rows += [("c", "b", 0), ("a", "c", 0), ("c", "a", 0), ("a", "c", 1)]
    frame = pd.DataFrame(
        [(listener, *row) for listener in range(4) for row in rows],
        columns=["listener", "first", "second", "outcome"],
    )

    scale = fit_bradley_terry(frame, position=True, reference=reference)

    others = [scale.abilities[name] for name in "abc" if name != reference]
    for found in [*others, scale.position, scale.compare("a", "b")]:
        assert np.isfinite(found.estimate)
        assert np.isnan([found.low, found.high]).all()
        assert found.reason == "no_disagreement"
    if reference:
        given = scale.abilities[reference]
        assert (given.estimate, given.low, given.high, given.reason) == (0.0, 0.0, 0.0, None)
