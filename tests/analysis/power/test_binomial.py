from __future__ import annotations

import pytest
from scipy import stats

from evalsite.analysis.power import find_binomial_power, plan_binomial
from tests.analysis.reference import load_case

CASE = load_case("21_binomial_identification")
A_TOL = CASE["tolerance"]["all"]


@pytest.mark.parametrize("design", CASE["expected"]["power"])
def test_plan_equals_the_reference(design):
    chance = 1 / 7 if design["p0"] < 0.2 else design["p0"]

    plan = plan_binomial(chance=chance, share=design["p1"])

    for found, name in ((plan.first, "first"), (plan.safe, "stable")):
        expected = design[name]
        assert (found.n, found.critical) == (expected["n"], expected["crit"])
        assert found.size == pytest.approx(expected["size"], abs=A_TOL)
        assert found.power == pytest.approx(expected["power"], abs=A_TOL)


@pytest.mark.parametrize(("chance", "share"), [(0.5, 0.7), (0.25, 0.4), (1 / 7, 0.3)])
def test_every_number_from_the_safe_one_on_reaches_the_power(chance, share):
    safe = plan_binomial(chance=chance, share=share).safe.n

    powers = [
        find_binomial_power(n, chance=chance, share=share).power for n in range(safe - 1, 2000)
    ]

    assert powers[0] < 0.8
    assert min(powers[1:]) >= 0.8


@pytest.mark.parametrize("n", [1, 4, 5, 20, 137, 1000])
@pytest.mark.parametrize("chance", [0.5, 1 / 3, 0.05])
def test_critical_number_is_the_smallest_of_the_size(n, chance):
    design = find_binomial_power(n, chance=chance, share=0.6)

    assert stats.binom.sf(design.critical - 1, n, chance) <= 0.05
    assert stats.binom.sf(design.critical - 2, n, chance) > 0.05


def test_few_answers_can_have_no_power():
    design = find_binomial_power(4, chance=0.5, share=0.9)

    assert (design.critical, design.size, design.power) == (5, 0.0, 0.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chance": 0.5, "share": 0.4}, "share must lie above chance, got 0.4 and 0.5"),
        ({"chance": 0.5, "share": 0.5001}, "too close to chance 0.5 for 50000 answers"),
        ({"chance": 0, "share": 0.5}, "chance must lie between 0 and 1, got 0"),
        ({"chance": 0.5, "share": 0.7, "power": 80}, "power must lie between 0 and 1, got 80"),
        ({"chance": 0.5, "share": 0.7, "alpha": 5}, "alpha must lie between 0 and 1, got 5"),
    ],
)
def test_plan_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        plan_binomial(**options)
