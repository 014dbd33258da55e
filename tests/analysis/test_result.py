from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from evalsite.analysis import REASONS, Result
from evalsite.analysis.result import undefined_result


def test_to_dict_turns_nan_and_numpy_into_json():
    result = Result(
        estimate=0.5,
        low=math.nan,
        high=math.inf,
        n=np.int64(3),
        method="m",
        reason="too_few_raters",
        details={"a": np.float64("nan"), "b": np.arange(2), "c": {"d": np.bool_(True)}},
    )

    written = json.loads(json.dumps(result.to_dict(), allow_nan=False))

    assert written == {
        "estimate": 0.5,
        "low": None,
        "high": None,
        "n": 3,
        "method": "m",
        "reason": "too_few_raters",
        "population": "",
        "level": 0.95,
        "details": {"a": None, "b": [0, 1], "c": {"d": True}},
    }


def test_result_is_frozen():
    result = undefined_result("no_data", method="m")

    with pytest.raises(dataclasses.FrozenInstanceError):
        result.estimate = 1.0


def test_undefined_result_explains_itself():
    result = undefined_result("no_data", method="m", n_items=0)

    assert not result.is_defined
    assert result.reason_text == "There are no values."
    assert result.details == {"n_items": 0}


def test_every_reason_is_a_sentence():
    assert {text[-1] for text in REASONS.values()} == {"."}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 1.0}, "level must lie between 0 and 1, got 1.0"),
        ({"reason": "because"}, "got 'because'"),
        ({"estimate": math.nan}, "reason must say why the estimate is undefined"),
    ],
)
def test_result_refuses(change, message):
    valid = {"estimate": 0.0, "low": 0.0, "high": 0.0, "n": 1, "method": "m"}

    with pytest.raises(ValueError, match=message):
        Result(**{**valid, **change})


def test_to_dict_refuses_what_json_cannot_hold():
    result = Result(0.0, 0.0, 0.0, 1, "m", details={"when": object()})

    with pytest.raises(TypeError, match="details must hold numbers"):
        result.to_dict()
