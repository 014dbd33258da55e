"""Listeners' means beside the model's outputs: by hand, missing, and as true as it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.model_match import correlate_with_model

NAMES = {"qualities": ["mode"], "conditions": ["original", "kept"]}


def make(rng: np.random.Generator, *, link: float, n_listeners=10, n_recordings=12):
    output = rng.normal(size=n_recordings)
    heard = link * output + np.sqrt(1 - link**2) * rng.normal(size=n_recordings)
    judgments = pd.DataFrame(
        [
            (listener, recording, "original", "mode", heard[recording] + 0.7 * rng.normal())
            for listener in range(n_listeners)
            for recording in range(n_recordings)
        ],
        columns=["listener", "recording", "condition", "quality", "value"],
    )
    outputs = pd.DataFrame(
        {
            "recording": range(n_recordings),
            "condition": "original",
            "quality": "mode",
            "value": output,
        }
    )
    return judgments, outputs


def test_figure_is_pearsons_r_of_means_and_outputs():
    judgments, outputs = make(np.random.default_rng(1), link=0.6)
    judgments.loc[::9, "value"] = np.nan

    found = correlate_with_model(judgments, outputs, **NAMES)["mode"]

    means = judgments.groupby("recording")["value"].mean()
    assert found["original"].estimate == pytest.approx(np.corrcoef(means, outputs["value"])[0, 1])
    assert found["original"].low < found["original"].estimate < found["original"].high
    assert found["kept"].reason == "too_few_shared_recordings"


def test_a_quality_that_the_model_does_not_have_is_undefined():
    judgments, outputs = make(np.random.default_rng(2), link=0.6)

    found = correlate_with_model(judgments, outputs.assign(quality="valence"), **NAMES)["mode"]

    assert {figure.reason for figure in found.values()} == {"too_few_shared_recordings"}


def test_interval_covers_the_correlation_of_new_listeners_and_recordings():
    rng, runs, hits = np.random.default_rng(3), 300, 0
    # Ten listeners' mean of a recording still holds a tenth of .49 of noise.
    truth = 0.5 / np.sqrt(1 + 0.049)
    for _ in range(runs):
        judgments, outputs = make(rng, link=0.5, n_recordings=20)
        figure = correlate_with_model(judgments, outputs, **NAMES)["mode"]["original"]
        hits += figure.low <= truth <= figure.high

    assert 0.9 <= hits / runs <= 0.995


def test_bad_input_is_refused_with_a_sentence():
    judgments, outputs = make(np.random.default_rng(4), link=0.5)

    with pytest.raises(ValueError, match="judgments needs the column 'listener'"):
        correlate_with_model(judgments.drop(columns="listener"), outputs, **NAMES)
    with pytest.raises(ValueError, match="one value a clip and quality, got two"):
        correlate_with_model(judgments, pd.concat([outputs, outputs]), **NAMES)
