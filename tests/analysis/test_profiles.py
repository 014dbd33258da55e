from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalsite.analysis.profiles import Profiles

CONDITIONS = ("original", "kept", "control")
PAIR = ("original", "kept")
OTHER = ("original", "control")


def simulate_study(
    seed: int, *, n_listeners: int = 12, n_recordings: int = 12, shares=(1, 0.8, 0.3)
) -> pd.DataFrame:
    """Latin square; each condition keeps a share of a recording's quality and adds its own."""
    rng = np.random.default_rng(seed)
    quality, level = rng.normal(size=n_recordings), rng.normal(0, 0.5, n_listeners)
    own = rng.normal(0, 0.6, (3, n_recordings))
    rows = []
    for listener in range(n_listeners):
        for recording in range(n_recordings):
            c = (listener + recording) % 3
            value = shares[c] * quality[recording] + own[c, recording] + level[listener]
            rows.append((listener, recording, CONDITIONS[c], value + rng.normal()))
    return pd.DataFrame(rows, columns=["listener", "recording", "condition", "value"])


def make_profiles(frame: pd.DataFrame, column: str = "condition") -> Profiles:
    return Profiles.of(frame, column=column, names=CONDITIONS)


def correlate_by_hand(frame: pd.DataFrame, pair: tuple[str, str]) -> float:
    means = frame.pivot_table(index="recording", columns="condition", values="value")
    shared = means[list(pair)].dropna()
    return float(np.corrcoef(shared.to_numpy().T)[0, 1])


def jackknife_by_deletion(frame: pd.DataFrame, keys: list[str], figure) -> float:
    groups = [group.index for _, group in frame.groupby(keys)]
    replicates = np.array([figure(frame.drop(index)) for index in groups])
    k = len(groups)
    return (k - 1) / k * ((replicates - replicates.mean()) ** 2).sum()


def test_correlation_is_that_of_the_mean_ratings():
    frame = simulate_study(0)

    result = make_profiles(frame).correlate(PAIR)

    assert result.estimate == pytest.approx(correlate_by_hand(frame, PAIR), abs=1e-12)
    assert result.n == 12
    assert result.population == "new listeners and new recordings"
    assert result.method == "correlation over recordings; two way jackknife"


@pytest.mark.parametrize("is_incomplete", [False, True])
def test_variance_is_the_jackknife_done_by_deletion(is_incomplete):
    frame = simulate_study(1, n_listeners=9, n_recordings=8)
    if is_incomplete:
        frame = frame.drop(frame.index[::5])
    figures = {
        "single": lambda rest: np.arctanh(correlate_by_hand(rest, PAIR)),
        "contrast": lambda rest: correlate_by_hand(rest, PAIR) - correlate_by_hand(rest, OTHER),
    }
    profiles = make_profiles(frame)
    results = {"single": profiles.correlate(PAIR), "contrast": profiles.contrast(PAIR, OTHER)}

    for name, figure in figures.items():
        used = frame[frame["condition"].isin(PAIR)] if name == "single" else frame
        v_listener = jackknife_by_deletion(used, ["listener"], figure)
        v_recording = jackknife_by_deletion(used, ["recording"], figure)
        v_pair = jackknife_by_deletion(used, ["listener", "recording"], figure)
        expected = max(v_listener, v_recording, v_listener + v_recording - v_pair)
        result = results[name]
        assert result.details["standard_error"] == pytest.approx(np.sqrt(expected), rel=1e-9)
        df = (v_listener + v_recording) ** 2 / (v_listener**2 / 8 + v_recording**2 / 7)
        assert result.details["df"] == pytest.approx(max(7, df), rel=1e-9)
        reach = stats.t.ppf(0.975, result.details["df"]) * np.sqrt(expected)
        centre = figure(used)
        ends = np.array([centre - reach, centre + reach])
        ends = np.tanh(ends) if name == "single" else np.clip(ends, -2, 2)
        assert (result.low, result.high) == pytest.approx(tuple(ends), rel=1e-9)


@pytest.mark.parametrize(("n_listeners", "n_recordings"), [(9, 9), (30, 14)])
def test_intervals_cover_what_repeated_studies_show(n_listeners, n_recordings):
    single, contrast = [], []
    for seed in range(150):
        frame = simulate_study(seed, n_listeners=n_listeners, n_recordings=n_recordings)
        profiles = make_profiles(frame)
        single.append(profiles.correlate(PAIR))
        contrast.append(profiles.contrast(PAIR, OTHER))

    for results in (single, contrast):
        truth = np.median([result.estimate for result in results])
        covered = np.mean([result.low <= truth <= result.high for result in results])
        assert 0.90 <= covered <= 0.995


def test_contrast_gives_both_correlations():
    frame = simulate_study(2)

    result = make_profiles(frame).contrast(PAIR, OTHER)

    first, second = (correlate_by_hand(frame, pair) for pair in (PAIR, OTHER))
    assert result.details["r_first"] == pytest.approx(first)
    assert result.details["r_second"] == pytest.approx(second)
    assert result.estimate == pytest.approx(first - second)


def test_profile_of_a_model_is_compared_over_recordings_alone():
    values = {"a": dict(enumerate([1.0, 2, 4, 3, 6])), "b": dict(enumerate([2.0, 1, 5, 4, 5]))}

    result = Profiles.of_model(values).correlate(("a", "b"))

    a, b = ([*of.values()] for of in values.values())
    replicates = np.arctanh([np.corrcoef(np.delete(a, j), np.delete(b, j))[0, 1] for j in range(5)])
    expected = 4 / 5 * ((replicates - replicates.mean()) ** 2).sum()
    assert result.estimate == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert result.details["standard_error"] == pytest.approx(np.sqrt(expected))
    assert result.population == "new recordings"


def test_listeners_and_model_are_compared_on_the_recordings_both_know():
    frame = simulate_study(3)
    rng = np.random.default_rng(0)
    values = {name: {r: rng.normal() for r in range(4, 20)} for name in ("x", "y")}
    heard, model = make_profiles(frame), Profiles.of_model(values)

    result = heard.join(model).contrast(PAIR, ("x", "y"))

    assert result.n == 8
    assert result.details["r_first"] == pytest.approx(
        correlate_by_hand(frame[frame["recording"] >= 4], PAIR)
    )
    x, y = ([of[r] for r in range(4, 12)] for of in values.values())
    assert result.details["r_second"] == pytest.approx(np.corrcoef(x, y)[0, 1])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.1, 10), shift=st.floats(-100, 100))
def test_correlation_does_not_depend_on_order_or_scale(seed, scale, shift):
    frame = simulate_study(seed, n_listeners=6, n_recordings=6)
    before = make_profiles(frame).correlate(PAIR)
    shuffled = frame.sample(frac=1, random_state=seed)

    after = make_profiles(shuffled.assign(value=shuffled["value"] * scale + shift)).correlate(PAIR)

    assert after.reason == before.reason
    assert [after.estimate, after.low, after.high] == pytest.approx(
        [before.estimate, before.low, before.high], abs=1e-6, nan_ok=True
    )


def test_missing_judgments_change_nothing():
    frame = simulate_study(4)
    unheard = frame.assign(value=np.nan, recording=99)

    assert make_profiles(pd.concat([frame, unheard])).correlate(PAIR) == make_profiles(
        frame
    ).correlate(PAIR)


def drop_recordings(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["recording"] < 3]


def flatten_kept(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(value=frame["value"].where(frame["condition"] != "kept", 4.0))


def copy_to_kept(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(value=frame["recording"] * 1.0)


def keep_one_listener(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(listener="one")


def vary_one_recording(frame: pd.DataFrame) -> pd.DataFrame:
    is_flat = (frame["condition"] == "kept") & (frame["recording"] > 0)
    return frame.assign(value=frame["value"].where(~is_flat, 4.0))


@pytest.mark.parametrize(
    ("change", "reason", "is_defined"),
    [
        (drop_recordings, "too_few_shared_recordings", False),
        (flatten_kept, "no_variation", False),
        (copy_to_kept, "perfect_correlation", True),
        (keep_one_listener, "too_few_listeners", True),
        (vary_one_recording, "one_listener_or_recording_decides", True),
    ],
)
def test_correlation_without_an_interval_says_why(change, reason, is_defined):
    result = make_profiles(change(simulate_study(5))).correlate(PAIR)

    assert result.reason == reason
    assert result.is_defined == is_defined
    assert np.isnan(result.low)


def test_no_judgments_at_all_are_too_few():
    result = make_profiles(simulate_study(0).iloc[:0]).contrast(PAIR, OTHER)

    assert result.reason == "too_few_shared_recordings"


@pytest.mark.parametrize("seed", range(8))
def test_without_a_recording_perfect_but_for_rounding_is_perfect(seed):
    heard = np.random.default_rng(seed).normal(size=4)
    said = 0.7 * heard + 0.1
    said[3] += 1
    values = {"original": dict(enumerate(heard)), "kept": dict(enumerate(said))}

    result = Profiles.of_model(values).correlate(PAIR)

    assert result.is_defined and np.isnan(result.low)
    assert result.reason == "one_listener_or_recording_decides"
