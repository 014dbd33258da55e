"""What a data set's ratings say, from its tables alone: agreement, groups, differences, power.

python examples/analysis_of_a_data_set.py FOLDER_OF_THE_UNPACKED_ZIP

The site is not needed, only the package: `evalsite.analysis` knows nothing of Django.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from evalsite.analysis import Result
from evalsite.analysis.agreement import gwet_ac2, icc, krippendorff_alpha
from evalsite.analysis.crossed import CrossedMeans
from evalsite.analysis.groups import compare_groups
from evalsite.analysis.power import plan_raters


def main(folder: str) -> None:
    ratings = read_ratings(Path(folder))
    for (block, quality), own in ratings.groupby(["block", "quality"], sort=True):
        print(f"\n{block}, {quality}: {len(own)} ratings")
        matrix = own.pivot(index="participant", columns="item", values="value")
        tell("alpha, ordinal", krippendorff_alpha(matrix, level="ordinal"))
        tell("AC2, quadratic", gwet_ac2(matrix))
        single = icc(matrix, form="ICC(A,1)")
        tell("ICC(A,1)", single)
        tell("listeners for a mean of reliability .80", plan_raters(single))
        tell_groups(matrix, own)
        tell_conditions(own)


def read_ratings(folder: Path) -> pd.DataFrame:
    """First judgments of the listeners that the protocol's rules keep; "can't tell" is missing."""
    ratings = pd.read_csv(folder / "ratings.csv")
    raters = pd.read_csv(folder / "raters.csv")
    analysed = raters.loc[raters["analysed"], "participant"]
    is_first = (ratings["kind"] == "main") & (ratings["occasion"] == 1)
    is_rated = ratings.get("quality", pd.Series("", index=ratings.index)).fillna("") != ""
    kept = ratings[is_first & is_rated & ratings["participant"].isin(analysed)]
    if kept.empty:
        sys.exit(f"{folder} must hold ratings of qualities, it has none.")
    return kept


def tell(what: str, found: Result) -> None:
    reach = f"{found.low:.2f} to {found.high:.2f}" if np.isfinite(found.low) else "no interval"
    print(
        f"  {what}: {found.estimate:.2f}, {reach} ({found.population}) {found.reason_text}".rstrip()
    )


def tell_groups(matrix: pd.DataFrame, own: pd.DataFrame) -> None:
    """Do the first two groups agree more or less? The difference, not two figures side by side."""
    groups = own.groupby("participant")["group"].first().reindex(matrix.index)
    names = sorted(groups.dropna().unique())
    if len(names) < 2:
        return
    compared = compare_groups(
        matrix,
        list(groups),
        first=names[0],
        second=names[1],
        coefficient=partial(krippendorff_alpha, level="ordinal"),
        rng=np.random.default_rng(0),
        n_permutations=199,
    )
    tell(f"alpha, {names[0]} minus {names[1]}", compared.difference)


def tell_conditions(own: pd.DataFrame) -> None:
    """Each condition minus the first, for new listeners and new recordings."""
    told = own.dropna(subset="value").rename(columns={"participant": "listener"})
    first, *others = sorted(told["condition"].unique())
    for name in others:
        pair = told[told["condition"].isin([name, first])]
        cells = np.stack([pair["condition"] == name, pair["condition"] == first], axis=1)
        found = CrossedMeans.of(pair, cells.astype(float)).estimate_difference(
            method="difference of means", bounds=(-np.inf, np.inf), confidence=0.95, details={}
        )
        tell(f"{name} minus {first}", found)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
