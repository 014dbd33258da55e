"""The flow of participants as a page shows it: stages, and who left where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Stages, each with those who left before the next.
INVITED = (
    "Invited, one link each",
    "invited",
    (("Link taken back", "revoked"), ("Did not come", "not_come")),
)
STAGES = (
    ("Opened the study", "started", (("Declined", "declined"),)),
    ("Agreed", "agreed", (("Failed a check", "screened_out"), ("Found no place left", "full"))),
    (
        "Began the trials",
        "began",
        (("Gave the place back", "returned"), ("Stopped, or still in the middle", "in_the_middle")),
    ),
    ("Finished", "finished", ()),
)


def list_steps(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the flow: stages, and below each what was lost there (`is_loss`)."""
    flow = found["flow"]
    rows: list[dict[str, Any]] = []
    for label, key, losses in (INVITED, *STAGES) if flow.get("invited") else STAGES:
        if key == "started" and rows:
            rows += _count_uninvited(flow)
        rows.append({"label": label, "n": flow[key]})
        rows += [
            {"label": name, "n": flow[lost], "is_loss": True} for name, lost in losses if flow[lost]
        ]
    rows += [
        {"label": rule["title"], "n": rule["n_left_out"], "is_loss": True}
        for rule in found["exclusions"]
        # Those who did not finish have left at an earlier stage.
        if rule["n_left_out"] and rule["rule"] != "unfinished"
    ]
    return [*rows, {"label": "Analysed", "n": flow["analysed"], "is_last": True}]


def _count_uninvited(flow: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those who came by the link that all share, beside the invited."""
    n_by_invitation = flow["invited"] - flow["revoked"] - flow["not_come"]
    n_others = flow["started"] - n_by_invitation
    if n_others < 1:
        return []
    return [{"label": "Came by the shared link", "n": n_others, "is_gain": True}]


def list_rules(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The protocol's rules that had anybody to judge, with what became of whom."""
    return [rule for rule in found["exclusions"] if rule["n_judged"]]
