"""What a data set may say about a person: never so much that somebody stands out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalsite.analysis.privacy import withhold_rare

K = 5


@dataclass(frozen=True)
class Protected:
    """`report` is told in the data set."""

    frame: pd.DataFrame
    report: dict[str, Any]


def protect_raters(frame: pd.DataFrame) -> Protected:
    """Withhold answers about the person until five of a group have the same.

    The group itself stays: the analysis needs it, and it stands in the ratings too.
    """
    columns = [name for name in frame if str(name).startswith("about_")]
    found = [withhold_rare(own, columns, k=K) for _, own in frame.groupby("group", sort=True)]
    withheld: Counter[str] = Counter(dict.fromkeys(columns, 0))
    for one in found:
        withheld.update(one.withheld)
    report = {
        "k": K,
        "columns": columns,
        "n_standing_out_before": sum(one.n_before for one in found),
        "withheld": dict(withheld),
        "small_groups": {
            group: n for group, n in frame["group"].value_counts().sort_index().items() if n < K
        },
    }
    parts = [one.frame for one in found]
    return Protected(pd.concat(parts).sort_index() if parts else frame, report)


def tell_protection(report: dict[str, Any]) -> str:
    """As a paragraph of the data set's README."""
    if not report["columns"]:
        return "Nothing was asked about the person."
    gone = {name: n for name, n in report["withheld"].items() if n}
    said = ", ".join(f"{n} of `{name}`" for name, n in gone.items()) or "none"
    text = (
        f"At least {report['k']} people of a group have the same answers about themselves in "
        f"`raters.csv`. {report['n_standing_out_before']} stood out; answers withheld for that: "
        f"{said}."
    )
    for group, n in report["small_groups"].items():
        text += f" Group “{group}” has {n} people only: nothing but the group is told of them."
    return text
