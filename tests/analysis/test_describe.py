from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalsite.analysis.describe import contrast_conditions, describe_conditions

CONDITIONS = ("original", "kept", "control_area")


def make_frame(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["listener", "recording", "condition", "value"])


def simulate_study(
    seed: int, *, n_listeners: int = 9, n_recordings: int = 6, share_cant_tell: float = 0.2
) -> pd.DataFrame:
    """Whole numbers 1..7, each listener hears each recording in one condition."""
    rng = np.random.default_rng(seed)
    rows = []
    for listener in range(n_listeners):
        for recording in range(n_recordings):
            value = float(np.clip(np.round(rng.normal(4, 1.5)), 1, 7))
            if rng.random() < share_cant_tell:
                value = np.nan
            condition = CONDITIONS[(listener + recording) % 3]
            rows.append((f"l{listener}", f"r{recording}", condition, value))
    return make_frame(rows)


def mean_of(frame: pd.DataFrame, condition: str) -> float:
    return frame.loc[frame["condition"] == condition, "value"].mean()


def test_description_counts_points_and_cant_tell():
    frame = make_frame(
        [
            ("a", "x", "kept", 1),
            ("a", "y", "kept", 5),
            ("b", "x", "kept", 5),
            ("b", "y", "kept", np.nan),
        ]
    )

    (kept,) = describe_conditions(frame, points=5)

    assert kept.condition == "kept"
    assert kept.counts == (1, 0, 0, 0, 2)
    assert (kept.n_judgments, kept.n_listeners, kept.n_recordings) == (4, 2, 2)
    assert (kept.mean.estimate, kept.mean.n) == (pytest.approx(11 / 3), 3)
    assert (kept.cant_tell.estimate, kept.cant_tell.n) == (0.25, 4)
    assert kept.cant_tell.details["n_cant_tell"] == 1


def test_descriptions_come_in_the_order_asked_for_with_the_unjudged():
    frame = simulate_study(0)

    descriptions = describe_conditions(frame, conditions=["kept", "removed", "original"])

    assert [d.condition for d in descriptions] == ["kept", "removed", "original"]
    assert descriptions[1].counts == (0,) * 7
    assert descriptions[1].mean.reason == descriptions[1].cant_tell.reason == "no_data"


def test_descriptions_come_sorted_by_default():
    assert [d.condition for d in describe_conditions(simulate_study(0))] == sorted(CONDITIONS)


def test_mean_variance_is_the_two_way_jackknife_done_by_deletion():
    frame = simulate_study(3)
    kept = frame[frame["condition"] == "kept"].dropna()

    (result,) = (d.mean for d in describe_conditions(frame, conditions=["kept"]))

    expected = two_way_variance(kept, lambda rest: rest["value"].mean())[0]
    assert result.details["standard_error"] == pytest.approx(np.sqrt(expected), rel=1e-12)
    assert result.details["df"] == min(kept["listener"].nunique(), kept["recording"].nunique()) - 1


def test_contrast_variance_is_the_two_way_jackknife_done_by_deletion():
    frame = simulate_study(4)
    used = frame[frame["condition"] != "original"].dropna()

    result = contrast_conditions(frame, condition="kept", baseline="control_area")

    variance, v_l, v_r = two_way_variance(
        used, lambda rest: mean_of(rest, "kept") - mean_of(rest, "control_area")
    )
    assert result.estimate == pytest.approx(mean_of(used, "kept") - mean_of(used, "control_area"))
    assert result.details["standard_error"] == pytest.approx(np.sqrt(variance), rel=1e-12)
    n_l, n_r = used["listener"].nunique(), used["recording"].nunique()
    df = (v_l + v_r) ** 2 / (v_l**2 / (n_l - 1) + v_r**2 / (n_r - 1))
    assert result.details["df"] == pytest.approx(df, rel=1e-12)
    assert (result.n, result.details["n_listeners"]) == (len(used), n_l)


def two_way_variance(frame, statistic):
    """max(v_L, v_R, v_L + v_R - v_LR), v_L and v_R, leaving out one unit after another."""
    pair = frame["listener"] + "-" + frame["recording"]
    variances = []
    for unit in (frame["listener"], frame["recording"], pair):
        left_out = np.array([statistic(frame[unit != one]) for one in unit.unique()])
        k = len(left_out)
        variances.append((k - 1) / k * ((left_out - left_out.mean()) ** 2).sum())
    v_l, v_r, v_lr = variances
    return max(v_l, v_r, v_l + v_r - v_lr), v_l, v_r


def test_contrast_turns_its_sign_with_the_baseline():
    frame = simulate_study(1)

    one = contrast_conditions(frame, condition="kept", baseline="original")
    other = contrast_conditions(frame, condition="original", baseline="kept")

    assert (one.estimate, one.low, one.high) == pytest.approx(
        (-other.estimate, -other.high, -other.low)
    )


@pytest.mark.parametrize(
    ("column", "reason"),
    [("listener", "too_few_listeners"), ("recording", "too_few_recordings")],
)
def test_interval_needs_two_listeners_and_two_recordings(column, reason):
    frame = simulate_study(2, share_cant_tell=0)
    few = frame[frame[column] == frame[column].iloc[0]]

    contrast = contrast_conditions(few, condition="kept", baseline="original")
    (kept,) = describe_conditions(few, conditions=["kept"])

    for result in (contrast, kept.mean, kept.cant_tell):
        assert result.reason == reason
        assert np.isfinite(result.estimate)
        assert np.isnan([result.low, result.high]).all()


def test_mean_of_equal_values_has_no_interval():
    frame = simulate_study(2).assign(value=4)

    (kept,) = describe_conditions(frame, conditions=["kept"])

    assert (kept.mean.estimate, kept.mean.reason) == (4.0, "no_variation")


@pytest.mark.parametrize("columns", [["listener", "recording"], ["recording", "listener"]])
def test_contrast_that_hangs_on_one_listener_or_recording_has_no_interval(columns):
    rows = [
        ("a", "x", "kept", 2),
        ("a", "y", "kept", 3),
        ("a", "y", "original", 3),
        ("b", "x", "original", 4),
        ("b", "y", "original", 6),
    ]
    frame = pd.DataFrame(rows, columns=[*columns, "condition", "value"])

    result = contrast_conditions(frame, condition="kept", baseline="original")

    assert result.estimate == pytest.approx(2.5 - 13 / 3)
    assert result.reason == "one_listener_or_recording_decides"


def test_contrast_of_values_that_differ_only_by_condition_has_no_interval():
    frame = simulate_study(0)
    frame["value"] = np.where(frame["condition"] == "kept", 5, 3)

    result = contrast_conditions(frame, condition="kept", baseline="original")

    assert (result.estimate, result.reason) == (2.0, "no_variation")


@pytest.mark.parametrize("value", [np.nan, 4])
def test_share_everybody_agrees_on_counts_listeners(value):
    frame = simulate_study(0, n_listeners=9).assign(value=value)

    (kept,) = describe_conditions(frame, conditions=["kept"])

    share = kept.cant_tell
    assert share.estimate == float(np.isnan(value))
    assert share.details["n_effective"] == 9
    assert 0.2 < share.high - share.low < 0.4


def test_share_that_follows_the_listener_has_a_wider_interval_than_one_that_does_not():
    frame = simulate_study(0, n_listeners=12, n_recordings=12).assign(condition="kept")
    by_listener = frame["listener"].isin(["l0", "l1", "l2"])
    scattered = np.random.default_rng(1).permutation(by_listener.to_numpy())

    clustered, independent = (
        describe_conditions(frame.assign(value=np.where(absent, np.nan, 4)))[0].cant_tell
        for absent in (by_listener, scattered)
    )

    assert clustered.estimate == independent.estimate == 0.25
    assert clustered.details["n_effective"] < 12
    assert clustered.high - clustered.low > 1.5 * (independent.high - independent.low)


def test_contrast_without_judgments_of_the_baseline_has_no_data():
    frame = simulate_study(0)

    result = contrast_conditions(frame, condition="kept", baseline="removed")

    assert (result.reason, result.details["n_baseline"]) == ("no_data", 0)


@pytest.mark.parametrize("effect", [0.0, 1.0])
@pytest.mark.parametrize("interaction", [0.0, 0.5])
def test_contrast_covers_the_true_difference(effect, interaction):
    rng = np.random.default_rng(18)
    covered = [
        low <= effect <= high
        for low, high in (
            simulate_contrast(rng, effect=effect, interaction=interaction) for _ in range(300)
        )
    ]

    assert 0.90 <= np.mean(covered) <= 0.99


def simulate_contrast(rng, *, effect, interaction, n_listeners=18, n_recordings=6):
    """Latin square of 18 listeners x 6 recordings x 3 conditions on a scale 1..41.

    The wide scale keeps rounding and its ends from moving the true difference, which is `effect`
    in units of the residual (5 points). `interaction` is the standard deviation, in the same
    unit, of what is peculiar to a listener, or a recording, in one condition.
    """
    listener, recording = np.indices((n_listeners, n_recordings))
    condition = (rng.permutation(n_listeners)[:, None] + recording) % 3
    latent = (
        rng.normal(0, 0.7, n_listeners)[listener]
        + rng.normal(0, 0.7, n_recordings)[recording]
        + rng.normal(0, interaction, (n_listeners, 3))[listener, condition]
        + rng.normal(0, interaction, (n_recordings, 3))[recording, condition]
        + effect * (condition == 1)
        + rng.normal(0, 1, condition.shape)
    )
    frame = pd.DataFrame(
        {
            "listener": listener.ravel(),
            "recording": recording.ravel(),
            "condition": np.array(CONDITIONS)[condition.ravel()],
            "value": np.clip(np.round(21 + 5 * latent), 1, 41).ravel(),
        }
    )
    result = contrast_conditions(frame, condition="kept", baseline="original", points=41)
    return result.low / 5, result.high / 5


def test_mean_covers_the_true_mean():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(300):
        listener, recording = np.indices((18, 6))
        latent = rng.normal(0, 0.7, 18)[listener] + rng.normal(0, 0.7, 6)[recording]
        value = np.clip(np.round(21 + 5 * (latent + rng.normal(0, 1, latent.shape))), 1, 41)
        is_heard = (listener + recording) % 3 == 0
        frame = pd.DataFrame(
            {
                "listener": listener[is_heard],
                "recording": recording[is_heard],
                "condition": "kept",
                "value": value[is_heard],
            }
        )
        mean = describe_conditions(frame, points=41)[0].mean
        hits += mean.low <= 21 <= mean.high

    assert 0.90 <= hits / 300 <= 0.99


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"value": 8}, {}, r"whole number in 1\.\.7 or NaN, got 8"),
        ({"value": 2.5}, {}, "got 2.5"),
        ({"listener": None}, {}, "column 'listener' must have no missing entries"),
        ({}, {"points": 1}, "points must be 2 or more, got 1"),
        ({}, {"confidence": 0}, "confidence must lie between 0 and 1, got 0"),
    ],
)
def test_description_refuses(change, options, message):
    with pytest.raises(ValueError, match=message):
        describe_conditions(simulate_study(0).assign(**change), **options)


def test_description_names_a_missing_column():
    with pytest.raises(ValueError, match="judgments needs the column 'recording'"):
        describe_conditions(simulate_study(0).drop(columns="recording"))


def test_contrast_refuses_a_condition_against_itself():
    with pytest.raises(ValueError, match="condition and baseline must differ, got 'kept' twice"):
        contrast_conditions(simulate_study(0), condition="kept", baseline="kept")


def test_description_of_an_empty_frame_is_undefined():
    frame = simulate_study(0).iloc[:0]

    assert describe_conditions(frame) == ()
    assert contrast_conditions(frame, condition="a", baseline="b").reason == "no_data"
