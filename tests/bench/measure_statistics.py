"""One measurement in a process of its own: `python measure_statistics.py WHO WORK DATA.npz`.

Prints {"values", "seconds", "peak_mb"} as JSON; seconds are CPU time. The peers run in another
environment, so this file imports nothing of the project until it measures the project.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Work = Callable[[dict[str, Any]], Callable[[], list[float]]]


def ours_icc(data: dict[str, Any]) -> Callable[[], list[float]]:
    from evalsite.analysis.agreement import icc
    from evalsite.analysis.agreement.icc import FORMS

    return lambda: [icc(data["ratings"], form=form, interval="f").estimate for form in FORMS]


def ours_icc_jackknife(data: dict[str, Any]) -> Callable[[], list[float]]:
    from evalsite.analysis.agreement import icc

    return lambda: [icc(data["ratings"]).estimate]


def ours_icc_missing(data: dict[str, Any]) -> Callable[[], list[float]]:
    from evalsite.analysis.agreement import icc

    return lambda: [icc(data["sparse"], interval=None).estimate]


def peer_icc(data: dict[str, Any]) -> Callable[[], list[float]]:
    import pandas as pd
    import pingouin

    rater, item = (axis.ravel() for axis in np.indices(data["ratings"].shape))
    frame = pd.DataFrame({"rater": rater, "item": item, "x": data["ratings"].ravel()})

    def run() -> list[float]:
        table = pingouin.intraclass_corr(frame, targets="item", raters="rater", ratings="x")
        # Its rows: ICC(1), ICC(A,1), ICC(C,1), then of k; ours: 1, C, A.
        return [float(table["ICC"].iloc[row]) for row in (0, 2, 1, 3, 5, 4)]

    return run


def ours_bradley_terry(data: dict[str, Any]) -> Callable[[], list[float]]:
    import pandas as pd

    from evalsite.analysis.pairwise import fit_bradley_terry

    frame = pd.DataFrame({name: data[name] for name in ("first", "second", "outcome")})

    def run() -> list[float]:
        found = fit_bradley_terry(frame).abilities
        return [found[name].estimate for name in range(10)]

    return run


def ours_bradley_terry_fit(data: dict[str, Any]) -> Callable[[], list[float]]:
    from evalsite.analysis.pairwise_fit import Tally, fit_tally

    nothing = np.zeros_like(data["wins"])
    tally = Tally(np.stack([data["wins"], nothing, nothing]))

    def run() -> list[float]:
        fit = fit_tally(tally, position=False, ties=False)
        assert fit is not None and fit.covariance[1, 1] > 0 and fit.deviance > 0
        return [float(value) for value in (fit.parameters - fit.parameters.mean())[:10]]

    return run


def peer_bradley_terry(data: dict[str, Any]) -> Callable[[], list[float]]:
    import choix

    pairs = list(zip(*list_winners(data), strict=True))

    def run() -> list[float]:
        wins = np.zeros((200, 200))
        for winner, loser in pairs:
            wins[winner, loser] += 1
        found = choix.ilsr_pairwise_dense(wins)
        return [float(value) for value in (found - found.mean())[:10]]

    return run


def peer_bradley_terry_fit(data: dict[str, Any]) -> Callable[[], list[float]]:
    import choix

    def run() -> list[float]:
        found = choix.ilsr_pairwise_dense(data["wins"])
        return [float(value) for value in (found - found.mean())[:10]]

    return run


def list_winners(data: dict[str, Any]) -> tuple[list[int], list[int]]:
    """Winner and loser of each comparison, the pairs that choix takes."""
    won = data["outcome"] == 1
    return (
        np.where(won, data["first"], data["second"]).tolist(),
        np.where(won, data["second"], data["first"]).tolist(),
    )


def ours_dawid_skene(data: dict[str, Any]) -> Callable[[], list[float]]:
    from evalsite.analysis.consensus import dawid_skene

    def run() -> list[float]:
        found = dawid_skene(
            data["item"], data["rater"], data["label"], tolerance=0.0, max_steps=100
        )
        return [float(label) for label in found.labels]

    return run


def peer_dawid_skene(data: dict[str, Any]) -> Callable[[], list[float]]:
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    frame = pd.DataFrame({"task": data["item"], "worker": data["rater"], "label": data["label"]})

    def run() -> list[float]:
        found = DawidSkene(n_iter=100, tol=0.0).fit_predict(frame).sort_index()
        return [float(label) for label in found]

    return run


WORKS: dict[str, Work] = {
    name: work for name, work in list(globals().items()) if name.startswith(("ours_", "peer_"))
}


def read_peak_mb() -> float:
    """Peak resident memory of this process; NaN where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main(who: str, work: str, source: str, n_repeats: str) -> None:
    run = WORKS[f"{who}_{work}"](dict(np.load(source)))
    seconds = []
    for _ in range(int(n_repeats)):
        start = time.process_time()
        values = run()
        seconds.append(time.process_time() - start)
    print(json.dumps({"values": values, "seconds": min(seconds), "peak_mb": read_peak_mb()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
