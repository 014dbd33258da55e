"""How many answers there are about each recording in each condition: the design as it came out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalsite.results.figures.analysed import AnalysedBlock


def count_cells(analysed: AnalysedBlock) -> dict[str, Any]:
    """A sound of several in a trial is in a cell of its own; catch trials are in none."""
    names = {item.number: item.recording for item in analysed.items if item.recording is not None}
    answers = analysed.rows.drop_duplicates(["participant", "position", "condition"])
    answers = answers[answers["item"].isin(list(names))]
    recordings = {recording.sha256: recording.title for recording in names.values()}
    conditions = list(
        dict.fromkeys([*analysed.block.conditions, *sorted(set(answers["condition"]))])
    )
    sha256 = answers["item"].map({item: recording.sha256 for item, recording in names.items()})
    counts = pd.crosstab(sha256, answers["condition"])
    table = counts.reindex(index=list(recordings), columns=conditions, fill_value=0)
    return {
        "conditions": conditions,
        "recordings": [
            {"recording": title, "recording_sha256": sha256, "counts": row}
            for (sha256, title), row in zip(
                recordings.items(), table.to_numpy().tolist(), strict=True
            )
        ],
    }
