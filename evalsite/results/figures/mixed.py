"""Mixed models of a quality: conditions are effects, listeners and recordings at random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evalsite.analysis.mixed import fit_linear_mixed, fit_ordinal_mixed

GROUPS = ("listener", "recording")
# Beyond this the ordinal model takes longer than anybody waits, and a linear one says the same.
MOST_ORDINAL = 4_000


def fit_quality(rows: pd.DataFrame, baseline: str) -> dict[str, Any]:
    rated = rows.dropna(subset="value").astype({"value": float})
    others = sorted(set(rated["condition"]) - {baseline})
    if baseline not in set(rated["condition"]) or rated.empty:
        others = others[1:]
    frame = rated.assign(**{name: (rated["condition"] == name).astype(float) for name in others})
    try:
        linear = fit_linear_mixed(frame, fixed=others, groups=GROUPS)
    except ValueError as error:
        return {"effects": {}, "shares": {}, "n": len(frame), "sentence": str(error)}
    found: dict[str, Any] = {
        "effects": _pick(linear.fixed, others),
        "shares": dict(linear.shares),
        "variances": dict(linear.variances),
        "n": linear.n,
        "n_levels": dict(linear.n_levels),
        "reason": linear.reason,
    }
    if len(frame) <= MOST_ORDINAL:
        ordinal = fit_ordinal_mixed(frame, fixed=others, groups=GROUPS)
        found["ordinal_effects"] = _pick(ordinal.effects, others)
    return found


def _pick(effects: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: effects[name] for name in names if name in effects}
