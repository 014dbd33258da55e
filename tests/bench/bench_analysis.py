"""Krippendorff's alpha against the `krippendorff` package, on a large slider study.

10,000 items x 200 raters, 5 % of the cells rated on a slider of 101 values (bootstraps: 5 values).
Each measurement runs in a process of its own, so that its peak memory is its own. Both sides have
their first call, as whoever computes alpha once: most of the peer's goes into getting 2.4 GB from
the system. The least of further calls in the same process stands in the note.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_ITEMS, N_RATERS, SHARE_RATED = 10_000, 200, 0.05
N_RESAMPLES = 1_000
# The peer's bootstraps are a loop of equal steps: so many are timed, the rest is multiplied.
N_PEER_RESAMPLES = 50
# CPU seconds of one thread, for both: waiting threads of a matrix library count as busy.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


# Goals: how many times the peer's time is ours.
WANTED = {"interval": "≥ 500", "ordinal": "≥ 50"}


def run() -> list[dict[str, Any]]:
    """Rows {work, peer, ours_s, peer_s, ratio, wanted, note}; seconds of CPU time."""
    rows = []
    for level in ("interval", "ordinal", "nominal", "ratio"):
        ours, peer = measure("ours", level), measure("peer", level)
        if abs(ours["value"] - peer["value"]) > 1e-9:
            raise AssertionError(f"alpha differs: {ours['value']} and {peer['value']}")
        with_interval = measure("ours_jackknife", level)
        rows.append(
            make_row(
                f"alpha {level}, 10^4 items x 200 raters, 101 values",
                ours,
                peer,
                f"with the two-way jackknife {with_interval['seconds']:.3f} s, "
                f"{with_interval['peak_mb']:.0f} MB; peak wanted: < 300 MB",
                WANTED.get(level),
            )
        )
    ours, peer = measure("ours_bootstrap", "ordinal"), measure("peer_bootstrap", "ordinal")
    note = f"peer: value_counts in a loop, {N_PEER_RESAMPLES} draws timed and multiplied"
    work = "1,000 item bootstraps of alpha ordinal, 5 values"
    rows.append(make_row(work, ours, peer, note, "≥ 15"))
    return rows


def make_row(
    work: str, ours: dict[str, float], peer: dict[str, float], note: str, wanted: str | None
) -> dict[str, Any]:
    memory = (
        "CPU seconds of one thread, each in a process of its own, as who computes it once; "
        f"again in the same process {ours['seconds']:.2g} s, peer {peer['seconds']:.2g} s; "
        f"peak memory {ours['peak_mb']:.0f} MB, peer {peer['peak_mb']:.0f} MB"
    )
    return {
        "work": work,
        "peer": "krippendorff",
        "ours_s": ours["first"],
        "peer_s": peer["first"],
        "ratio": peer["first"] / ours["first"],
        "wanted": wanted,
        "note": f"{memory}; {note}",
    }


def measure(who: str, level: str) -> dict[str, float]:
    """In a new process: value, CPU seconds of the first and of the best call, peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_analysis", who, level],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, **ONE_THREAD},
    )
    return json.loads(done.stdout)


def make_ratings(n_values: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(20)
    quality = rng.normal(0.5, 0.2, N_ITEMS)
    ratings = np.full((N_RATERS, N_ITEMS), np.nan)
    rater, item = np.nonzero(rng.random(ratings.shape) < SHARE_RATED)
    answer = np.clip(quality[item] + rng.normal(0, 0.15, len(item)), 0, 1)
    ratings[rater, item] = np.round(answer * (n_values - 1))
    return ratings


def prepare(who: str, level: str) -> tuple[Callable[[], float], int, float]:
    """What to time, how often to repeat it, and by what to multiply its time."""
    if who.startswith("ours"):
        return (*_prepare_ours(who, level), 1.0)
    import krippendorff

    if who == "peer":
        ratings = make_ratings(101)
        return lambda: krippendorff.alpha(ratings, level_of_measurement=level), 2, 1.0
    counts = count_values(make_ratings(5), 5)
    rng = np.random.default_rng(0)

    def loop() -> float:
        draws = [
            krippendorff.alpha(
                value_counts=counts[rng.integers(N_ITEMS, size=N_ITEMS)],
                level_of_measurement=level,
            )
            for _ in range(N_PEER_RESAMPLES)
        ]
        return float(np.mean(draws))

    return loop, 2, N_RESAMPLES / N_PEER_RESAMPLES


def _prepare_ours(who: str, level: str) -> tuple[Callable[[], float], int]:
    from evalsite.analysis.agreement import krippendorff_alpha

    if who == "ours_bootstrap":
        few = make_ratings(5)
        return (
            lambda: (
                krippendorff_alpha(
                    few,
                    level=level,
                    interval="item_bootstrap",
                    n_resamples=N_RESAMPLES,
                    rng=np.random.default_rng(0),
                ).low
            )
        ), 10
    ratings = make_ratings(101)
    interval = "two_way_jackknife" if who == "ours_jackknife" else None
    return lambda: krippendorff_alpha(ratings, level=level, interval=interval).estimate, 20


def count_values(ratings: NDArray[np.float64], n_values: int) -> NDArray[np.int64]:
    """How often each item got each value, shape=(n_items, n_values)."""
    return np.stack([(ratings == value).sum(axis=0) for value in range(n_values)], axis=1)


def read_peak_mb() -> float:
    """Peak resident memory of this process; NaN where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main(who: str, level: str) -> None:
    work, n_repeats, factor = prepare(who, level)
    seconds = []
    for _ in range(n_repeats):
        start = time.process_time()
        value = work()
        seconds.append((time.process_time() - start) * factor)
    found = {"value": value, "seconds": min(seconds), "first": seconds[0]}
    print(json.dumps({**found, "peak_mb": read_peak_mb()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
