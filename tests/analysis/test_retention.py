from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.retention import describe_retention

CONDITIONS = ("original", "kept", "control_area")


def simulate_ratings(
    seed: int, *, n_listeners: int = 30, n_recordings: int = 24, share: float = 0.9
) -> pd.DataFrame:
    """Points 1..7 in a Latin square: kept carries a share of the quality, the control nothing."""
    rng = np.random.default_rng(seed)
    carried = {"original": 1.0, "kept": share, "control_area": 0.0}
    rows = []
    for quality in ("valence", "energy"):
        truth = rng.normal(0, 1.5, n_recordings)
        for listener in range(n_listeners):
            for recording in range(n_recordings):
                condition = CONDITIONS[(listener + recording) % 3]
                value = 4 + carried[condition] * truth[recording] + rng.normal()
                point = float(np.clip(np.round(value), 1, 7))
                if condition == "control_area" and rng.random() < 0.3:
                    point = np.nan
                rows.append((listener, recording, condition, quality, point))
    return pd.DataFrame(rows, columns=["listener", "recording", "condition", "quality", "value"])


def simulate_outputs(seed: int, *, n_recordings: int = 24) -> pd.DataFrame:
    """A model that hears the original in kept as well as in the control."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n_recordings)
    rows = [
        (recording, condition, "valence", truth[recording] + 0.3 * rng.normal())
        for condition in CONDITIONS
        for recording in range(n_recordings)
    ]
    return pd.DataFrame(rows, columns=["recording", "condition", "quality", "value"])


def test_retention_gives_back_what_was_planted():
    energy, valence = describe_retention(simulate_ratings(0), control="control_area")

    assert (energy.quality, valence.quality) == ("energy", "valence")
    for figures in (energy.listeners, valence.listeners):
        assert figures.kept.low > 0.6
        assert figures.control.low < 0 < figures.control.high
        assert figures.retention.low > 0.2
        assert figures.retention.estimate == pytest.approx(
            figures.kept.estimate - figures.control.estimate
        )


def test_retention_of_a_kept_clip_that_carries_nothing_is_zero():
    results = [
        one.listeners.retention
        for seed in range(10)
        for one in describe_retention(simulate_ratings(seed, share=0), control="control_area")
    ]

    assert sum(result.low <= 0 <= result.high for result in results) >= 17


def test_correlation_is_that_of_mean_ratings_without_cant_tell():
    frame = simulate_ratings(1)

    energy, _ = describe_retention(frame, control="control_area")

    means = frame[frame["quality"] == "energy"].pivot_table(
        index="recording", columns="condition", values="value"
    )
    assert energy.listeners.control.estimate == pytest.approx(
        means["original"].corr(means["control_area"])
    )


def test_share_of_cant_tell_is_given_for_each_condition():
    frame = simulate_ratings(2)

    _, valence = describe_retention(frame, control="control_area")

    rows = frame[(frame["quality"] == "valence") & (frame["condition"] == "control_area")]
    assert tuple(valence.cant_tell) == CONDITIONS
    assert valence.cant_tell["kept"].estimate == 0
    assert valence.cant_tell["control_area"].estimate == pytest.approx(rows["value"].isna().mean())


def test_the_model_stands_beside_the_listeners():
    outputs = simulate_outputs(3)

    energy, valence = describe_retention(
        simulate_ratings(3), control="control_area", outputs=outputs
    )

    assert energy.model is None
    assert energy.listeners_minus_model is None
    wide = outputs.pivot_table(index="recording", columns="condition", values="value")
    assert valence.model.kept.estimate == pytest.approx(wide["original"].corr(wide["kept"]))
    assert valence.model.retention.population == "new recordings"
    assert valence.model.retention.low < 0 < valence.model.retention.high
    assert valence.listeners_minus_model.estimate == pytest.approx(
        valence.listeners.kept.estimate - valence.model.kept.estimate
    )


def test_an_unheard_condition_has_no_retention_and_says_why():
    frame = simulate_ratings(4)

    _, valence = describe_retention(
        frame[frame["condition"] != "control_area"], control="control_area"
    )

    assert valence.listeners.kept.is_defined
    assert valence.listeners.retention.reason == "too_few_shared_recordings"
    assert valence.cant_tell["control_area"].reason == "no_data"


def test_no_judgments_give_no_qualities():
    assert describe_retention(simulate_ratings(0).iloc[:0], control="control_area") == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quality": None}, "column 'quality' must have no missing entries"),
        ({"value": 8}, r"value must be a whole number in 1\.\.7 or NaN, got 8"),
        ({"listener": None}, "column 'listener' must have no missing entries"),
    ],
)
def test_retention_refuses_judgments(change, message):
    with pytest.raises(ValueError, match=message):
        describe_retention(simulate_ratings(0).assign(**change), control="control_area")


def test_retention_refuses_conditions_that_are_the_same():
    with pytest.raises(ValueError, match="must differ, got original, kept, kept"):
        describe_retention(simulate_ratings(0), control="kept")


def test_retention_names_a_missing_column():
    with pytest.raises(ValueError, match="judgments needs the column 'quality'"):
        describe_retention(simulate_ratings(0).drop(columns="quality"), control="control_area")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="value"), "outputs needs the column 'value'"),
        (lambda frame: frame.assign(value=np.nan), "'value' must have no missing"),
        (lambda frame: pd.concat([frame, frame[:1]]), "got two for 'valence' of 0 original"),
    ],
)
def test_retention_refuses_outputs(change, message):
    outputs = change(simulate_outputs(0))

    with pytest.raises(ValueError, match=message):
        describe_retention(simulate_ratings(0), control="control_area", outputs=outputs)
