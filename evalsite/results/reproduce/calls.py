"""Which function of the sources gives which figure of analysis.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from evalsite.results.reproduce.kinds import list_of_kind
from evalsite.results.reproduce.parts import Call, Chosen
from evalsite.studies.protocol import Protocol

COUNTS = (
    "judgments_analysed",
    "answers_analysed",
    "listeners_analysed",
    "clips_judged",
    "recordings_judged",
)


def list_calls(found: Mapping[str, Any], protocol: Protocol) -> list[Call]:
    """Everything but what `omitted` names, those of the same judgments after one another."""
    calls = [Call("counts", "count_judgments", Chosen(), names=COUNTS)]
    for i, block in enumerate(found["blocks"]):
        prefix = f"blocks/{i}"
        calls.append(Call(f"{prefix}/counts", "count_judgments", Chosen(block["name"]), (), COUNTS))
        calls += list_of_kind(prefix, block)
    return [*calls, *_list_robustness(found, protocol), *_list_split_agreement(found)]


def _list_split_agreement(found: Mapping[str, Any]) -> Iterator[Call]:
    """Agreement within each condition and group, which a worker computes with the models."""
    for b, block in enumerate(found.get("models", {}).get("blocks", ())):
        for q, quality in enumerate(block["qualities"]):
            rows = Chosen(block["name"], quality["name"], "value")
            path = f"models/blocks/{b}/qualities/{q}/split_agreement"
            split = quality["split_agreement"]
            yield Call(path, "spread_of_clips", rows, names=("spread",))
            for c, condition in enumerate(split["conditions"]):
                own, place = (
                    replace(rows, condition=condition["condition"]),
                    f"{path}/conditions/{c}",
                )
                yield Call(place, "spread_of_clips", own, names=("spread",))
                yield Call(f"{place}/agreement", "alpha", own)
            for g, group in enumerate(split.get("groups", {}).get("groups", ())):
                own, place = replace(rows, group=group["group"]), f"{path}/groups/groups/{g}"
                yield Call(place, "count_listeners", own, names=("n_listeners",))
                yield Call(f"{place}/agreement", "alpha", own)


def _list_robustness(found: Mapping[str, Any], protocol: Protocol) -> Iterator[Call]:
    for i, entry in enumerate(found["robustness"]):
        path, is_share = f"robustness/{i}", entry["unit"] == "share"
        trial_type = protocol.find_block(entry["block"]).make_trial_type()
        column = "is_correct" if is_share else "value"
        rows = Chosen(entry["block"], entry["quality"], column)
        both = replace(rows, repeats=True)
        yield Call(f"{path}/drift", "drift", rows)
        if is_share:
            own = (trial_type.repeat_column,)
            yield Call(f"{path}/repeats/same", "repeats_same_choice", both, own)
        else:
            for name in ("same", "difference", "correlation"):
                yield Call(f"{path}/repeats/{name}", f"repeats_{name}", both)
        if "carry_over" in entry:
            yield from _list_contrasts(path, entry, rows, trial_type.scale_width or 1)


def _list_contrasts(
    path: str, entry: Mapping[str, Any], rows: Chosen, width: float
) -> Iterator[Call]:
    names = entry["contrast"]
    everybody = replace(rows, everybody=True)
    for key, judged in (("analysed", rows), ("everybody", everybody)):
        own = f"{path}/{key}"
        yield Call(own, "count_listeners", judged, names=("n_listeners",))
        yield Call(f"{own}/contrast", "contrast", judged, (*names, width))
    yield Call(f"{path}/carry_over", "carry_over", rows, tuple(names))
    if "group_difference" in entry:
        groups = entry["group_difference"]
        sides = (groups["first"], groups["second"], *names)
        yield Call(f"{path}/group_difference/effect", "group_difference", rows, sides)
