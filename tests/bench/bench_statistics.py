"""ICC, Bradley-Terry and Dawid-Skene against pingouin, choix and crowd-kit.

The peers run in an environment made for the bench. Equal data, results compared before times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.bench_analysis import ONE_THREAD, make_ratings
from tests.bench.peers import make_environment

PACKAGES = ("pingouin==0.7.0", "choix==0.4.1", "crowd-kit==1.4.2")
ROOT = Path(__file__).parents[2]


def run() -> list[dict[str, Any]]:
    """Rows {work, peer, ours_s, peer_s, ratio, wanted, note}; seconds of CPU time."""
    with tempfile.TemporaryDirectory() as folder, make_environment(PACKAGES) as python:
        data = Path(folder) / "data.npz"
        np.savez(data, **make_data())
        return [
            compare_icc(data, python),
            *measure_icc_alone(data),
            *compare_bradley_terry(data, python),
            compare_dawid_skene(data, python),
        ]


def make_data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(21)
    complete = (
        rng.normal(size=1000) + 0.5 * rng.normal(size=(100, 1)) + rng.normal(size=(100, 1000))
    )
    ability, first = rng.normal(size=200), rng.integers(200, size=100_000)
    second = (first + rng.integers(1, 200, first.size)) % 200
    chance = 1 / (1 + np.exp(ability[second] - ability[first]))
    outcome = (rng.random(first.size) < chance).astype(float)
    wins = np.zeros((200, 200))
    np.add.at(wins, (np.where(outcome, first, second), np.where(outcome, second, first)), 1)
    few = make_ratings(5)
    rater, item = np.nonzero(~np.isnan(few))
    return {
        "ratings": complete,
        "sparse": make_ratings(101),
        "first": first,
        "second": second,
        "outcome": outcome,
        "wins": wins,
        "item": item,
        "rater": rater,
        "label": few[rater, item].astype(int),
    }


def compare_icc(data: Path, python: Path) -> dict[str, Any]:
    ours, peer = measure("ours", "icc", data, 10), measure("peer", "icc", data, 3, python)
    check_close(ours["values"], peer["values"], 1e-6)
    work = "ICC, six forms with F intervals, 1,000 items x 100 raters, complete"
    return make_row(work, "pingouin", ours, peer, wanted="≥ 10")


def measure_icc_alone(data: Path) -> list[dict[str, Any]]:
    jackknife = measure("ours", "icc_jackknife", data, 10)
    missing = measure("ours", "icc_missing", data, 3)
    return [
        make_row("ICC(A,1) with the two-way jackknife, the same ratings", None, jackknife, None),
        make_row("ICC(A,1) by REML, 10^4 items x 200 raters, 95 % missing", None, missing, None),
    ]


def compare_bradley_terry(data: Path, python: Path) -> list[dict[str, Any]]:
    rows = []
    for name, work, note in (
        (
            "bradley_terry",
            "Bradley-Terry, 10^5 comparisons of 200 clips",
            "from a data frame, with standard errors; peer from a list of pairs, without",
        ),
        (
            "bradley_terry_fit",
            "the same from a ready 200 x 200 matrix of wins",
            "ours with covariances and deviance, peer without",
        ),
    ):
        ours = measure("ours", name, data, 30)
        peer = measure("peer", name, data, 30, python)
        check_close(ours["values"], peer["values"], 1e-5)
        rows.append(make_row(work, "choix ilsr_pairwise_dense", ours, peer, note, "≥ 1"))
    return rows


def compare_dawid_skene(data: Path, python: Path) -> dict[str, Any]:
    ours = measure("ours", "dawid_skene", data, 10)
    peer = measure("peer", "dawid_skene", data, 3, python)
    same = float(np.mean(np.array(ours["values"]) == np.array(peer["values"])))
    if same < 0.99:
        raise AssertionError(f"only {same:.1%} of the labels are the same")
    work = "Dawid-Skene, 99,682 labels of 10^4 items by 200 raters, 100 steps"
    note = f"{same:.2%} of the labels are the same"
    return make_row(work, "crowd-kit", ours, peer, note, "≥ 20")


def check_close(ours: list[float], peer: list[float], tolerance: float) -> None:
    """Refuse to compare the times of different results."""
    if not np.allclose(ours, peer, rtol=0, atol=tolerance):
        raise AssertionError(f"results differ: {ours} and {peer}")


def measure(
    who: str, work: str, data: Path, n_repeats: int, python: Path | None = None
) -> dict[str, Any]:
    """Run one measurement in a new process."""
    script = ROOT / "tests" / "bench" / "measure_statistics.py"
    done = subprocess.run(
        [python or sys.executable, script, who, work, data, str(n_repeats)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=data.parent,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT) if python is None else ""},
    )
    return json.loads(done.stdout.splitlines()[-1])


def make_row(
    work: str,
    name: str | None,
    ours: dict[str, Any],
    peer: dict[str, Any] | None,
    note: str = "",
    wanted: str | None = None,
) -> dict[str, Any]:
    memory = f"CPU seconds of one thread; peak memory {ours['peak_mb']:.0f} MB"
    if peer is not None:
        memory += f", peer {peer['peak_mb']:.0f} MB"
    return {
        "work": work,
        "peer": name,
        "ours_s": ours["seconds"],
        "peer_s": None if peer is None else peer["seconds"],
        "ratio": None if peer is None else peer["seconds"] / ours["seconds"],
        "wanted": wanted,
        "note": f"{memory}; {note}" if note else memory,
    }
