"""Changes of a protocol's plain data: pure, the old data stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.utils import translation

from evalsite.studies.blocks import Block

Plain = dict[str, Any]
SHARED = ("conditions", "assignment", "items_per_sitting", "ratings_per_item")


def find_index(plain: Mapping[str, Any], name: str) -> int:
    """The place of the block of this name; blocks are known by their names, which differ."""
    names = [block["name"] for block in plain["blocks"]]
    if name not in names:
        raise Http404("The study has no such block.")
    return names.index(name)


def replace_block(plain: Mapping[str, Any], name: str, block: Mapping[str, Any]) -> Plain:
    """With another block in its place; what names the old one names the new one."""
    blocks = list(plain["blocks"])
    blocks[find_index(plain, name)] = dict(block)
    registered = [
        {**question, "block": block["name"]} if question["block"] == name else question
        for question in plain["registered"]
    ]
    return {**plain, "blocks": blocks, "registered": registered}


def add_block(plain: Mapping[str, Any], trial_type: str) -> tuple[Plain, str]:
    """One more at the end, dealt out like the one before it; its name too."""
    taken = {block["name"] for block in plain["blocks"]}
    name = next(
        found
        for n in range(1, len(taken) + 2)
        if (found := trial_type if n == 1 else f"{trial_type[:36]}_{n}") not in taken
    )
    with translation.override(plain["language"]):
        defaults = {**asdict(Block(name=name, trial_type=trial_type)), "parameters": {}}
    alike = {key: plain["blocks"][-1][key] for key in SHARED}
    return {**plain, "blocks": [*plain["blocks"], {**defaults, **alike}]}, name


def remove_block(plain: Mapping[str, Any], name: str) -> Plain:
    index = find_index(plain, name)
    return {**plain, "blocks": [*plain["blocks"][:index], *plain["blocks"][index + 1 :]]}


def move_block(plain: Mapping[str, Any], name: str, steps: int) -> Plain:
    """So many places later (earlier if negative), not beyond the ends."""
    blocks = list(plain["blocks"])
    index = find_index(plain, name)
    block = blocks.pop(index)
    blocks.insert(min(max(index + steps, 0), len(blocks)), block)
    return {**plain, "blocks": blocks}


def set_value(plain: Mapping[str, Any], place: str, value: object) -> Plain:
    """With the value at a dotted place."""
    first, _, rest = place.partition(".")
    inner = set_value(plain.get(first) or {}, rest, value) if rest else value
    return {**plain, first: inner}
