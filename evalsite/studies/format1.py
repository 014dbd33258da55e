"""Protocols of format 1: one block, whose fields stood beside those of the study."""

from __future__ import annotations

from collections.abc import Mapping

BLOCK_KEYS = (
    "trial_type",
    "parameters",
    "conditions",
    "question",
    "intro",
    "practice",
    "min_heard",
)
STUDY_KEYS = (
    "title",
    "language",
    "welcome",
    "consent",
    "about",
    "groups",
    "instructions",
    "thanks",
    "seed",
    "sources",
)
KEYS = (*STUDY_KEYS, *BLOCK_KEYS)


def upgrade(data: Mapping[str, object]) -> dict[str, object]:
    """The same study in format 2. Familiarity was asked by the trial type, now the block asks."""
    given = {key: data[key] for key in STUDY_KEYS if key in data}
    block = {key: data[key] for key in BLOCK_KEYS if key in data}
    parameters = block.get("parameters")
    if isinstance(parameters, Mapping) and "ask_familiarity" in parameters:
        block["ask_familiarity"] = parameters["ask_familiarity"]
        block["parameters"] = {
            key: value for key, value in parameters.items() if key != "ask_familiarity"
        }
    return {**given, "blocks": block}


def find_group(protocol: Mapping[str, object], background: Mapping[str, object]) -> str:
    """A person's group by the rule of a stored protocol."""
    rule = protocol.get("groups")
    if not isinstance(rule, Mapping) or rule["question"] not in background:
        return ""
    return str(rule["inside" if background[rule["question"]] in rule["values"] else "outside"])
