"""The figures that a worker computes: models, agreement in parts, retention, entanglement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from evalsite.results.reproduce.parts import ALL_SPLITS, P_HOLM, P_VALUE, TESTED, Call, Chosen
from evalsite.studies.protocol import Protocol

Found = Mapping[str, Any]
MODEL = "model: "
SIDES = ("listeners", "model")
GROUPS = ("listener", "recording")
FEATURE = ("r/estimate", "beta/estimate", "lmg/estimate", "johnson", "vif")
EFFECTS = ("weight", "marginal", "conditional")
DRAWN = (
    *(f"{name}/{end}" for name in ("r", "beta", "lmg", "owen") for end in ("low", "high")),
    "sign_stability",
)
RELIABILITY = ("icc_a1", "icc_ak", "raters_needed")
REML, MOST_ALONE = "REML", 100
REML_TOLERANCE = 1e-5
# Our search for the variances and that of the scripts end this near to each other.
MIXED_TOLERANCE = 1e-4


def list_models(found: Found, protocol: Protocol) -> Iterator[Call]:
    """`found`: what analysis.json holds."""
    for b, block in enumerate(found.get("models", {}).get("blocks", ())):
        path = f"models/blocks/{b}"
        for q, quality in enumerate(block["qualities"]):
            rows = Chosen(block["name"], quality["name"], "value")
            place = f"{path}/qualities/{q}"
            yield _list_mixed(place, quality, rows)
            yield from _list_coefficients(
                f"{place}/coefficients", quality["coefficients"], rows, protocol
            )
            yield from _list_split_agreement(f"{place}/split_agreement", quality, rows, protocol)
        differences = {
            f"{path}/qualities/{q}/split_agreement/groups": groups["difference"]
            for q, quality in enumerate(block["qualities"])
            if (groups := quality["split_agreement"].get("groups"))
        }
        yield from list_adjusted(differences, "difference", Chosen(block["name"]))
        if "model_match" in block:
            yield from _list_match(f"{path}/model_match", block)
        if "coefficients" in block:
            rows = Chosen(block["name"], "", "value")
            yield from _list_coefficients(
                f"{path}/coefficients", block["coefficients"], rows, protocol
            )
        if "retention" in block:
            yield from _list_retention(f"{path}/retention", block)
        if "entanglement" in block:
            entangled = block["entanglement"]
            rows = Chosen(block["name"], "", "value", condition=entangled["condition"])
            yield from _list_entanglement(f"{path}/entanglement", entangled, rows)


def _list_match(path: str, block: Found) -> Iterator[Call]:
    match, rows = block["model_match"], Chosen(block["name"], "", "value")
    for q, quality in enumerate(match["qualities"]):
        for c, condition in enumerate(match["conditions"]):
            place = f"{path}/qualities/{q}/correlations/{c}"
            yield Call(place, "match_with_model", rows, (quality["name"], condition))


def _list_mixed(path: str, quality: Found, rows: Chosen) -> Call:
    if "variances" not in quality:
        return Call(path, "count_told", rows, names=("n",))
    effects = tuple(quality["effects"])
    names = (
        "n",
        *(f"n_levels/{name}" for name in GROUPS),
        *(f"effects/{name}" for name in effects),
        *(f"{part}/{name}" for part in ("variances", "shares") for name in (*GROUPS, "residual")),
    )
    return Call(path, "mixed_model", rows, effects, names, tolerance=MIXED_TOLERANCE)


def _list_coefficients(path: str, found: Found, rows: Chosen, protocol: Protocol) -> Iterator[Call]:
    if "percent_agreement" in found:
        scale = protocol.find_block(rows.block).make_trial_type()
        low = getattr(scale, "low", 1)
        points = (low, low + scale.scale_width)
        yield Call(f"{path}/percent_agreement", "percent_agreement", rows, ("value",))
        yield Call(f"{path}/gwet_ac2", "gwet_ac2", rows, points)
    units = ("item",) if rows.quality else ("item", "condition")
    is_dealt = found["icc_a1"]["details"].get("estimator") == REML and _has_many(found["icc_a1"])
    yield from _list_ends(path, ("reliability", *RELIABILITY), rows, units, is_dealt)
    if "kendall_w" in found:
        is_dealt = _has_many(found["kendall_w"])
        yield from _list_ends(path, ("kendall_w", "kendall_w"), rows, units, is_dealt)


def _has_many(figure: Found) -> bool:
    """Whether it leaves out units in groups, which numpy's generator deals."""
    return max(figure["details"].get(name, 0) for name in ("n_items", "n_raters")) > MOST_ALONE


def _list_ends(
    path: str, named: tuple[str, ...], rows: Chosen, units: tuple[str, ...], is_dealt: bool
) -> Iterator[Call]:
    """`named`: the function and its figures. Where units are dealt, R has no intervals."""
    function, *names = named
    options: dict[str, Any] = {"rows": rows, "arguments": units, "tolerance": REML_TOLERANCE}
    if not is_dealt:
        yield Call(path, function, names=tuple(names), **options)
        return
    estimates = tuple(f"{name}/estimate" for name in names)
    yield Call(path, f"{function}_alone", names=estimates, **options)
    ends = tuple(f"{name}/{end}" for name in names for end in ("low", "high"))
    yield Call(path, f"{function}_ends", names=ends, is_in_r=False, **options)


def _list_split_agreement(
    path: str, quality: Found, rows: Chosen, protocol: Protocol
) -> Iterator[Call]:
    """Agreement within each condition and group, and the groups' difference."""
    split = quality["split_agreement"]
    yield Call(path, "spread_of_clips", rows, names=("spread",))
    for c, condition in enumerate(split["conditions"]):
        own, place = replace(rows, condition=condition["condition"]), f"{path}/conditions/{c}"
        yield Call(place, "spread_of_clips", own, names=("spread",))
        yield Call(f"{place}/agreement", "alpha", own)
    if "groups" not in split:
        return
    for g, group in enumerate(split["groups"]["groups"]):
        own, place = replace(rows, group=group["group"]), f"{path}/groups/groups/{g}"
        yield Call(place, "count_listeners", own, names=("n_listeners",))
        yield Call(f"{place}/agreement", "alpha", own)
    yield list_tested(
        f"{path}/groups/difference",
        "agreement_difference",
        rows,
        (*(group["group"] for group in split["groups"]["groups"]), protocol.seed),
        split["groups"]["difference"],
    )


def list_tested(
    path: str, function: str, rows: Chosen, arguments: tuple[Any, ...], figure: Found
) -> Call:
    """A figure whose p value, the last of the function's, may be from random numbers."""
    is_drawn = figure["details"].get(ALL_SPLITS) is False
    return Call(path, function, rows, arguments, TESTED, drawn=(P_VALUE,) if is_drawn else ())


def list_adjusted(tested: Mapping[str, Found], name: str, rows: Chosen) -> list[Call]:
    """`p_holm` at each place, from the figures of this name there, the family of tests."""
    places = tuple(f"{path}/{name}" for path in tested)
    is_drawn = any(figure["details"].get(ALL_SPLITS) is False for figure in tested.values())
    drawn = (P_HOLM,) if is_drawn else ()
    return [
        Call(path, "p_holm", rows, (f"{path}/{name}", *places), (P_HOLM,), drawn=drawn)
        for path in tested
    ]


def _list_retention(path: str, block: Found) -> Iterator[Call]:
    retention = block["retention"]
    rows = Chosen(block["name"], "", "value")
    if "listening_gap" in retention:
        gap, arguments = f"{path}/listening_gap", (block["name"], "kept")
        yield Call(gap, "mean_gap", rows, arguments, ("n", "mean"))
    for q, quality in enumerate(retention["qualities"]):
        place, name = f"{path}/qualities/{q}", quality["name"]
        kept, control = ("original", "kept"), ("original", retention["control"])
        of_model = tuple(MODEL + one for one in kept)
        for side, before in zip(SIDES, ("", MODEL), strict=True):
            if quality[side] is None:
                continue
            for key, pairs in (("kept", kept), ("control", control), ("retention", kept + control)):
                own = tuple(before + one for one in pairs)
                yield Call(f"{place}/{side}/{key}", "retention_of", rows, (name, *own))
        if quality["listeners_minus_model"] is not None:
            both = (name, *kept, *of_model)
            yield Call(f"{place}/listeners_minus_model", "retention_of", rows, both)
        for condition in quality["cant_tell"]:
            own_rows = replace(rows, quality=name, condition=condition)
            yield Call(f"{place}/cant_tell/{condition}", "share_missing", own_rows)


def _list_entanglement(path: str, found: Found, rows: Chosen) -> Iterator[Call]:
    for k, pair in enumerate(found["pairs"]):
        names = (pair["first"], pair["second"])
        of_model = tuple(MODEL + name for name in names)
        figures = {"listeners": names, "model": of_model, "difference": names + of_model}
        for key, own in figures.items():
            yield Call(f"{path}/pairs/{k}/{key}", "pair_of_qualities", rows, own)
    features = tuple(found["labels"])
    for side in SIDES:
        factors = tuple(f"factors/{name}" for name in found["inflation"][side]["factors"])
        function = "variance_inflation" if factors else "count_complete"
        arguments = (side, *features)
        yield Call(f"{path}/inflation/{side}", function, rows, arguments, ("n", *factors))
    parts = ((f"{path}/targets/{t}", target) for t, target in enumerate(found["targets"]))
    yield from chain.from_iterable(
        _list_target(f"{place}/{side}", target[side], target["name"], (side, *features), rows)
        for place, target in parts
        for side in SIDES
    )


def _list_target(
    path: str, found: Found, target: str, sides: tuple[str, ...], rows: Chosen
) -> Iterator[Call]:
    side, *features = sides
    if not found["rows"]:
        yield Call(path, "count_complete", rows, (side, *features, target), ("n",))
        return
    # In the order of the rows: a database may give the labels in another.
    features = [row["name"] for row in found["rows"]]
    yield Call(path, "target_figures", rows, (side, target, *features), ("n", "r2"))
    for k, row in enumerate(found["rows"]):
        arguments = (side, row["name"], target, *features)
        yield Call(f"{path}/rows/{k}", "feature_figures", rows, arguments, FEATURE)
    places = [f"rows/{k}" for k in range(len(found["rows"]))]
    groups = [f"groups/{g}/share" for g in range(len(found["groups"]))]
    weights = "own" if found["has_own_weights"] else "least squares"
    effects = tuple(f"{place}/{name}" for place in places for name in EFFECTS)
    arguments = (side, weights, target, *features)
    yield Call(path, "effects_of_qualities", rows, arguments, effects)
    shares = (*(f"{place}/owen/estimate" for place in places), *(f"{g}/estimate" for g in groups))
    yield Call(path, "owen_shares", rows, (side, target, *features), shares)
    drawn = (
        *(f"{place}/{name}" for place in places for name in DRAWN),
        *(f"{group}/{end}" for group in groups for end in ("low", "high")),
    )
    yield Call(path, "draw_features", rows, (side, target, *features), drawn, is_in_r=False)
