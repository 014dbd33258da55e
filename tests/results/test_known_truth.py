"""A simulated study whose truth is known gives it back, from sittings to findings."""

from __future__ import annotations

import numpy as np
import pytest

from evalsite.results.findings import compute_findings
from evalsite.studies.services import close_study
from tests import factories

pytestmark = pytest.mark.django_db
EFFECT, EXTRA, DRIFT, N_TRIALS = 1.2, 1.0, 0.9, 6
# Sittings draw their orders anew in every run: the truth may lie so many standard errors off.
REACH = 4.5


def simulate(study, rng: np.random.Generator, *, is_musician: bool) -> None:
    """Kept is rated higher, by musicians even more; all ratings rise during the sitting."""
    own, place = rng.normal(0, 0.4), iter(range(N_TRIALS))

    def rate(title: str, condition: str, _: str) -> int:
        if condition == "practice":
            return 5
        value = 3.5 + own + 0.3 * (title == "Piece 1") + DRIFT * next(place) / (N_TRIALS - 1)
        value += (condition == "kept") * (EFFECT + EXTRA * is_musician)
        return int(np.clip(round(value + rng.normal(0, 0.6)), 1, 9))

    factories.make_sitting(study, rate, training="10+" if is_musician else "0")


def is_near(figure, truth: float) -> bool:
    return abs(figure["estimate"] - truth) < REACH * figure["details"]["standard_error"]


def test_planted_effects_come_back():
    rng = np.random.default_rng(7)
    study = factories.make_open_study(
        n_recordings=N_TRIALS,
        parameters={"qualities": ["melodiousness"], "points": 9},
    )
    for n in range(18):
        simulate(study, rng, is_musician=bool(n // 3 % 2))

    found = compute_findings(close_study(study=study))

    [quality] = found["blocks"][0]["qualities"]
    [robust] = found["robustness"]
    assert is_near(quality["contrast"], EFFECT + EXTRA / 2)
    assert quality["contrast"]["low"] > 0
    assert is_near(robust["group_difference"]["effect"], EXTRA)
    assert is_near(robust["drift"], DRIFT)
    assert is_near(robust["carry_over"], 0)
    assert found["flow"]["analysed"] == 18
