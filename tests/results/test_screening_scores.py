"""Scores of a block to ITU-R BS.1534-3 reach its post-screening under the right names."""

from __future__ import annotations

import pandas as pd

from evalsite.analysis.screening import screen_mushra
from evalsite.results.tables.screening_tables import MID_ANCHOR, REFERENCE, collect_scores
from evalsite.studies.protocol import read_protocol

BLOCK = {
    "name": "quality",
    "trial_type": "multi_stimulus",
    "parameters": {"method": "mushra"},
    "conditions": ["original", "kept"],
}


def make_frame(**scores: int) -> pd.DataFrame:
    """Each listener's score of the hidden reference; everything else is as it should be."""
    rows = []
    for listener, reference in scores.items():
        for item in range(5):
            for condition, value, cutoff in (
                ("original", reference, pd.NA),
                ("kept", 60, pd.NA),
                ("anchor_7k", 40, 7000),
                ("anchor_3k5", 20, 3500),
            ):
                is_reference = condition == "original"
                rows.append((listener, item, condition, value, is_reference, cutoff))
    names = ["participant", "item", "condition", "value", "is_hidden_reference", "anchor_hz"]
    frame = pd.DataFrame(rows, columns=names).assign(block="quality", kind="main", occasion=1)
    return frame.astype({"anchor_hz": "Int64"})


def test_who_misses_the_hidden_reference_is_found():
    protocol = read_protocol({"format": 2, "title": "t", "blocks": [BLOCK]})

    scores = collect_scores(protocol, make_frame(good=100, bad=50))

    assert set(scores["condition"]) == {REFERENCE, MID_ANCHOR, "kept", "anchor_3k5"}
    screening = screen_mushra(scores, reference=REFERENCE, mid_anchor=MID_ANCHOR)
    assert screening.list_excluded_by("hidden_reference") == ("bad",)
    assert screening.list_excluded_by("mid_anchor") == ()


def test_a_plain_rating_of_several_sounds_is_not_screened_so():
    plain = {**BLOCK, "parameters": {"reference": "original"}}
    protocol = read_protocol({"format": 2, "title": "t", "blocks": [plain]})

    assert collect_scores(protocol, make_frame(bad=50)).empty
