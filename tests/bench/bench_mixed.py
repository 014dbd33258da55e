"""Mixed models and shares of correlated features against what Python offers.

Listeners and recordings crossed; seconds of CPU time of one thread, each measurement in a process
of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.bench.bench_analysis import ONE_THREAD, read_peak_mb

N_PEER_RESAMPLES = 20
N_RESAMPLES = 1_000


def run() -> list[dict[str, Any]]:
    """Rows {work, peer, ours_s, peer_s, ratio, wanted, note}; seconds of CPU time."""
    crossed = "linear mixed model, 4,000 ratings of 200 x 400"
    return [
        compare(crossed, "linear", "statsmodels MixedLM", "≥ 100"),
        compare("linear mixed model, 10^5 ratings, 200 x 10^4", "linear_large", None),
        compare("cumulative link model, 20,000 answers", "thresholds", "statsmodels OrderedModel"),
        compare("ordinal mixed model, 2,000 answers, 40 x 50", "ordinal", None),
        compare(
            "1,000 bootstraps of LMG shares, 7 features, 110 rows",
            "shares",
            "regressions on all subsets in a loop (numpy lstsq)",
        ),
    ]


def compare(work: str, name: str, peer: str | None, wanted: str | None = None) -> dict[str, Any]:
    ours = measure("ours", name)
    note = f"CPU seconds of one thread; peak memory {ours['peak_mb']:.0f} MB"
    if peer is None:
        return {"work": work, "ours_s": ours["seconds"], "note": note}
    other = measure("peer", name)
    if abs(ours["value"] - other["value"]) > 2e-3:
        raise AssertionError(f"{name} differs: {ours['value']} and {other['value']}")
    return {
        "work": work,
        "peer": peer,
        "ours_s": ours["seconds"],
        "peer_s": other["seconds"],
        "ratio": other["seconds"] / ours["seconds"],
        "wanted": wanted,
        "note": f"{note}, peer {other['peak_mb']:.0f} MB",
    }


def measure(who: str, name: str) -> dict[str, float]:
    """Run one measurement in a new process: value, CPU seconds, peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_mixed", who, name],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **ONE_THREAD},
    )
    return json.loads(done.stdout)


def simulate(n_listeners: int, n_recordings: int, share_heard: float) -> pd.DataFrame:
    rng = np.random.default_rng(20)
    listener, recording = np.nonzero(rng.random((n_listeners, n_recordings)) < share_heard)
    kept = (listener + recording) % 2
    value = 4 + 0.4 * kept + rng.normal(0, 0.5, n_listeners)[listener]
    value += rng.normal(0, 0.8, n_recordings)[recording] + rng.normal(size=len(listener))
    columns = {"listener": listener, "recording": recording, "kept": kept, "value": value}
    return pd.DataFrame(columns)


def simulate_features() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(20)
    X = rng.normal(size=(110, 7)) + 0.7 * rng.normal(size=(110, 1))
    return X, X @ rng.normal(size=7) + 2 * rng.normal(size=110)


def simulate_answers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(20)
    X = rng.normal(size=(20_000, 3))
    hidden = X @ [0.5, -0.3, 0.1] + rng.logistic(size=len(X))
    return np.digitize(hidden, np.linspace(-3, 3, 8)), X


def prepare_ours(name: str) -> Callable[[], float]:
    from evalsite.analysis.mixed import fit_linear_mixed, fit_ordinal_mixed
    from evalsite.analysis.mixed.thresholds import fit_thresholds
    from explain_engine.correlations import describe_correlations

    if name.startswith("linear"):
        frame = simulate(200, 10_000, 0.05) if name.endswith("large") else simulate(200, 400, 0.05)
        return lambda: fit_linear_mixed(frame, fixed=["kept"]).fixed["kept"].estimate
    if name == "ordinal":
        frame = simulate(40, 50, 1.0)
        frame["value"] = np.clip(frame["value"].round(), 1, 7)
        return lambda: fit_ordinal_mixed(frame, fixed=["kept"]).effects["kept"].estimate
    if name == "thresholds":
        answers, columns = simulate_answers()
        return lambda: float(fit_thresholds(answers, columns).beta[0])
    X, y = simulate_features()
    return lambda: (
        describe_correlations(X, y, rng=np.random.default_rng(0), n_resamples=N_RESAMPLES)
        .rows[0]
        .lmg.estimate
    )


def prepare_peer(name: str) -> tuple[Callable[[], float], float]:
    """What to time, and by what to multiply its time."""
    if name == "linear":
        import statsmodels.formula.api as smf

        frame = simulate(200, 400, 0.05)
        parts = {group: f"0 + C({group})" for group in ("listener", "recording")}
        model = smf.mixedlm("value ~ kept", frame, groups=np.ones(len(frame)), vc_formula=parts)
        return lambda: float(model.fit(reml=True).params["kept"]), 1.0
    if name == "thresholds":
        from statsmodels.miscmodels.ordinal_model import OrderedModel

        answers, columns = simulate_answers()
        ordered = OrderedModel(answers, columns, distr="logit")
        return lambda: float(ordered.fit(method="bfgs", disp=False).params[0]), 1.0
    return loop_over_subsets, N_RESAMPLES / N_PEER_RESAMPLES


def loop_over_subsets() -> float:
    from math import comb

    X, y = simulate_features()
    rng, first = np.random.default_rng(0), 0.0
    for draw in range(N_PEER_RESAMPLES):
        rows = np.arange(len(y)) if draw == 0 else rng.integers(len(y), size=len(y))
        A, b = X[rows] - X[rows].mean(axis=0), y[rows] - y[rows].mean()
        explained = np.zeros(2**7)
        for subset in range(1, 2**7):
            inside = np.flatnonzero(subset >> np.arange(7) & 1)
            rest = b - A[:, inside] @ np.linalg.lstsq(A[:, inside], b, rcond=None)[0]
            explained[subset] = 1 - rest @ rest / (b @ b)
        shares = np.zeros(7)
        for j in range(7):
            for subset in range(2**7):
                if not subset >> j & 1:
                    weight = 1 / (7 * comb(6, subset.bit_count()))
                    shares[j] += weight * (explained[subset | 1 << j] - explained[subset])
        first = shares[0] if draw == 0 else first
    return float(first)


def main(who: str, name: str) -> None:
    work, factor = (prepare_ours(name), 1.0) if who == "ours" else prepare_peer(name)
    seconds = []
    # The peer's search complains about its own convergence on standard error.
    warnings.simplefilter("ignore")
    for _ in range(10 if who == "ours" else 2):
        start = time.process_time()
        value = work()
        seconds.append((time.process_time() - start) * factor)
    print(json.dumps({"value": value, "seconds": min(seconds), "peak_mb": read_peak_mb()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
