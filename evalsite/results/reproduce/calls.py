"""Which function of the sources gives which figure of analysis.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalsite.results.reproduce.kinds import list_of_kind
from evalsite.results.reproduce.modelled import list_adjusted, list_models, list_tested
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
        calls += _list_cells(f"{prefix}/cells", block)
        calls += list_of_kind(prefix, block)
    calls += _list_robustness(found, protocol)
    for entry in protocol.blocks:
        calls += _list_group_tests(found["robustness"], entry.name)
    for i, factor in enumerate(found["factors"]):
        calls += _list_levels(f"factors/{i}", factor, protocol)
    return [*calls, *list_models(found, protocol)]


def _list_cells(path: str, block: Mapping[str, Any]) -> Iterator[Call]:
    conditions = tuple(block["cells"]["conditions"])
    for r, row in enumerate(block["cells"]["recordings"]):
        arguments = (row["recording_sha256"], *conditions)
        rows = Chosen(block["name"])
        yield Call(f"{path}/recordings/{r}", "count_cells", rows, arguments, ("counts",))


def _list_group_tests(robustness: Sequence[Mapping[str, Any]], block: str) -> list[Call]:
    """The p values of a block are adjusted together."""
    tested = {
        f"robustness/{i}/group_difference": entry["group_difference"]["effect"]
        for i, entry in enumerate(robustness)
        if entry["block"] == block and "group_difference" in entry
    }
    return list_adjusted(tested, "effect", Chosen(block))


def _list_levels(path: str, found: Mapping[str, Any], protocol: Protocol) -> Iterator[Call]:
    """`found`: one factor and one thing asked."""
    trial_type = protocol.find_block(found["blocks"][0]).make_trial_type()
    if found["unit"] == "share":
        column, low, width = "is_correct", 0, 1
    else:
        column, width = "value", trial_type.scale_width or 1
        low = getattr(trial_type, "low", 1) if found["quality"] else 0
    rows = Chosen("", found["quality"], column, blocks=tuple(found["blocks"]))
    factor = found["factor"]
    for k, one in enumerate(found["levels"]):
        place, own = f"{path}/levels/{k}", (factor, one["level"])
        yield Call(place, "count_level", rows, own, ("n_listeners", "n_judgments"))
        yield Call(f"{place}/mean", "mean_of_level", rows, (*own, low, low + width))
    for k, pair in enumerate(found["differences"]):
        sides = (factor, pair["first"], pair["second"], width)
        yield Call(f"{path}/differences/{k}/difference", "difference_of_levels", rows, sides)


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
            yield from _list_contrasts(
                path, entry, rows, trial_type.scale_width or 1, protocol.seed
            )


def _list_contrasts(
    path: str, entry: Mapping[str, Any], rows: Chosen, width: float, seed: int
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
        sides = (groups["first"], groups["second"], *names, seed)
        place = f"{path}/group_difference/effect"
        yield list_tested(place, "group_difference", rows, sides, groups["effect"])
