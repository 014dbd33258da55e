"""Which function of figures.py and figures.R gives which figure of analysis.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalsite.studies.protocol import Protocol

Value = str | float | bool


@dataclass(frozen=True)
class Chosen:
    """Judgments: arguments of `choose`. Repeats are among them only where asked for."""

    block: str
    quality: str = ""
    column: str = "value"
    everybody: bool = False
    repeats: bool = False
    condition: str = ""
    group: str = ""


@dataclass(frozen=True)
class Call:
    """`path`: keys and places in analysis.json down to the figure."""

    path: str
    function: str
    rows: Chosen
    arguments: tuple[Value, ...] = ()


def list_calls(found: Mapping[str, Any], protocol: Protocol) -> list[Call]:
    """In the order of analysis.json. Mixed models and p values are not among them."""
    calls: list[Call] = []
    for i, block in enumerate(found["blocks"]):
        if block["question"] == "ratings":
            calls += _list_ratings(f"blocks/{i}", block)
    return calls + list(_list_robustness(found, protocol))


def _list_ratings(prefix: str, found: Mapping[str, Any]) -> Iterator[Call]:
    block, low, reach = found["name"], found["lowest"], found["points"] - 1
    high = low + reach
    for q, quality in enumerate(found["qualities"]):
        rows, path = Chosen(block, quality["name"]), f"{prefix}/qualities/{q}"
        yield Call(f"{path}/agreement", "alpha", rows)
        for c, condition in enumerate(quality["conditions"]):
            own = Chosen(block, quality["name"], condition=condition["condition"])
            yield Call(f"{path}/conditions/{c}/mean", "mean_crossed", own, (low, high))
            yield Call(f"{path}/conditions/{c}/cant_tell", "share_missing", own)
        if "contrast" in quality:
            names = found["main"]["contrast"]
            yield Call(f"{path}/contrast", "contrast", rows, (*names, reach))
            for g, group in enumerate(quality["groups"]):
                own = Chosen(block, quality["name"], group=group["group"])
                yield Call(f"{path}/groups/{g}/contrast", "contrast", own, (*names, reach))
        for i, clip in enumerate(quality["clips"]):
            yield Call(f"{path}/clips/{i}/mean", "mean_of_clip", rows, (clip["item"], low, high))


def _list_robustness(found: Mapping[str, Any], protocol: Protocol) -> Iterator[Call]:
    for i, entry in enumerate(found["robustness"]):
        block, quality, path = entry["block"], entry["quality"], f"robustness/{i}"
        column = "is_correct" if entry["unit"] == "share" else "value"
        rows = Chosen(block, quality, column)
        yield Call(f"{path}/drift", "drift", rows)
        if column == "value":
            both = Chosen(block, quality, column, repeats=True)
            for name in ("same", "difference", "correlation"):
                yield Call(f"{path}/repeats/{name}", f"repeats_{name}", both)
        if "carry_over" not in entry:
            continue
        names = entry["contrast"]
        width = protocol.find_block(block).make_trial_type().scale_width or 1
        everybody = Chosen(block, quality, column, everybody=True)
        yield Call(f"{path}/analysed/contrast", "contrast", rows, (*names, width))
        yield Call(f"{path}/everybody/contrast", "contrast", everybody, (*names, width))
        if entry["carry_over"]["reason"] != "no_data":
            yield Call(f"{path}/carry_over", "carry_over", rows, tuple(names))
        if "group_difference" in entry:
            groups = entry["group_difference"]
            sides = (groups["first"], groups["second"], *names)
            yield Call(f"{path}/group_difference/effect", "group_difference", rows, sides)
