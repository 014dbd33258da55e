"""Whether two groups differ in an effect: planted differences, and none."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.group_effects import compare_effects

PARTS = {"first": "musicians", "second": "others", "condition": "kept", "baseline": "control"}


def draw_study(rng: np.random.Generator, *, extra: float, n: int = 12) -> pd.DataFrame:
    """Everybody hears each of ten recordings in one condition; musicians hear `extra` more."""
    rows = []
    recordings = rng.normal(size=10)
    for listener in range(n):
        group = "musicians" if listener % 2 else "others"
        own = rng.normal(size=2) * [0.5, 0.3]
        for recording in range(10):
            is_kept = (listener // 2 + recording) % 2
            effect = 1 + extra * (group == "musicians") + own[1]
            value = recordings[recording] + own[0] + is_kept * effect + rng.normal(0, 0.6)
            condition = "kept" if is_kept else "control"
            rows.append((listener, recording, condition, group, value))
    return pd.DataFrame(rows, columns=["listener", "recording", "condition", "group", "value"])


def test_estimate_and_exact_test_are_those_of_all_splits():
    study = draw_study(np.random.default_rng(0), extra=1.0, n=8)

    found = compare_effects(study, rng=np.random.default_rng(0), **PARTS)

    def measure(musicians: tuple[int, ...]) -> float:
        is_in = study["listener"].isin(musicians)
        effects = [
            part[part["condition"] == "kept"]["value"].mean()
            - part[part["condition"] == "control"]["value"].mean()
            for part in (study[is_in], study[~is_in])
        ]
        return effects[0] - effects[1]

    every = np.array([measure(split) for split in combinations(range(8), 4)])
    assert found.estimate == pytest.approx(measure((1, 3, 5, 7)))
    assert found.details["is_exact"]
    assert found.details["n_splits"] == len(every) == 70
    n_far = (np.abs(every) >= abs(found.estimate) - 1e-12).sum()
    assert found.details["p_value"] == pytest.approx(n_far / 70)


def test_the_interval_holds_the_difference_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(100):
        found = compare_effects(
            draw_study(rng, extra=0.7, n=16), rng=rng, n_permutations=100, **PARTS
        )
        held += found.low <= 0.7 <= found.high

    assert held >= 92


def test_random_splits_are_used_where_there_are_too_many():
    study = draw_study(np.random.default_rng(2), extra=2.0, n=24)

    found = compare_effects(study, rng=np.random.default_rng(3), n_permutations=999, **PARTS)

    assert not found.details["is_exact"]
    assert found.details["p_value"] == pytest.approx(1 / 1000)
    assert found == compare_effects(
        study, rng=np.random.default_rng(3), n_permutations=999, **PARTS
    )


def test_an_empty_group_is_a_reason():
    study = draw_study(np.random.default_rng(4), extra=0).query("group == 'others'")

    assert compare_effects(study, rng=np.random.default_rng(0), **PARTS).reason == (
        "one_group_undefined"
    )


def test_too_few_permutations_are_refused():
    study = draw_study(np.random.default_rng(5), extra=0)
    with pytest.raises(ValueError, match="n_permutations must be 100 or more, got 9"):
        compare_effects(study, rng=np.random.default_rng(0), n_permutations=9, **PARTS)
