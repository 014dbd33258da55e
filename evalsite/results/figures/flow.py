"""From invitation to being analysed: how many came to each stage."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalsite.results.queries import count_flow
from evalsite.results.tables.screening import Screened
from evalsite.studies.models import Study


def describe_flow(study: Study, screened: Screened, analysed: pd.DataFrame) -> dict[str, Any]:
    """How many came to each stage, how many each rule left out, how many are analysed."""
    return {
        **count_flow(study),
        "left_out": screened.count_left_out(),
        "analysed": analysed["listener"].nunique(),
    }
