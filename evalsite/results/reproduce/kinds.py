"""The figures of each kind of question; as `evalsite.results.questions`, for the scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from evalsite.results.figures.overlap import find_seed
from evalsite.results.questions.choices import SEED
from evalsite.results.reproduce.modelled import list_tested
from evalsite.results.reproduce.parts import INTERVAL, P_VALUE, TESTED, Call, Chosen

Found = Mapping[str, Any]
COUNTED = ("n_judgments", "n_listeners", "n_recordings", "counts")
QUARTILES = ("n", "lower_quartile", "median", "upper_quartile")
OVERLAP = (
    *INTERVAL,
    *(f"details/{name}" for name in ("captured", "chance", "n_nowhere")),
    P_VALUE,
    "details/p_value_swapped",
)
ABX = "abx_differencing"
# Which function gives which coefficient of answers that are names.
NAMES = {
    "krippendorff_alpha": "nominal_alpha",
    "percent_agreement": "percent_agreement",
    "gwet_ac1": "gwet_ac1",
    "fleiss_kappa": "fleiss_kappa",
}


def list_of_kind(prefix: str, found: Found) -> Iterator[Call]:
    """`found`: one block's findings. A kind that is not known has no figures."""
    list_figures = KINDS.get(found["question"])
    return list_figures(prefix, found) if list_figures else iter(())


def list_ratings(prefix: str, found: Found) -> Iterator[Call]:
    low, reach = found["lowest"], found["points"] - 1
    ends = (low, low + reach)
    for q, quality in enumerate(found["qualities"]):
        rows, path = Chosen(found["name"], quality["name"], "value"), f"{prefix}/qualities/{q}"
        yield Call(f"{path}/agreement", "alpha", rows)
        yield from _list_conditions(path, quality, rows, ends)
        if "contrast" in quality:
            sides = (*found["main"]["contrast"], reach)
            yield Call(f"{path}/contrast", "contrast", rows, sides)
            for g, group in enumerate(quality["groups"]):
                own = replace(rows, group=group["group"])
                place = f"{path}/groups/{g}"
                yield Call(place, "count_listeners", own, names=("n_listeners",))
                yield Call(f"{place}/contrast", "contrast", own, sides)
        for c, clip in enumerate(quality["clips"]):
            place, own_ends = f"{path}/clips/{c}", (clip["item"], *ends)
            names = ("n", "n_cant_tell", "counts")
            yield Call(place, "count_values_of_clip", rows, own_ends, names)
            yield Call(f"{place}/mean", "mean_of_clip", rows, own_ends)
        told = {
            c: clip["item"]
            for c, clip in enumerate(quality["clips"])
            if clip["model_output"] is not None
        }
        if told:
            names = tuple(f"clips/{c}/model_output" for c in told)
            items = (quality["name"], *told.values())
            yield Call(path, "outputs_of_clips", rows, items, names)
    yield from _list_presence(f"{prefix}/presence", found, reach)


def _list_presence(prefix: str, found: Found, reach: float) -> Iterator[Call]:
    presence = found.get("presence", {"conditions": ()})
    rows = Chosen(found["name"], "", "value")
    for c, one in enumerate(presence["conditions"]):
        place, own = f"{prefix}/conditions/{c}/difference", (reach, one["condition"])
        yield Call(place, "target_less_foils", rows, own)
    if "contrast" in presence:
        sides = (2 * reach, *presence["compared"])
        yield Call(f"{prefix}/contrast", "target_less_foils", rows, sides)


def list_scores(prefix: str, found: Found) -> Iterator[Call]:
    low, reach = found["lowest"], found["points"] - 1
    rows = Chosen(found["name"], "", "value")
    yield from _list_conditions(prefix, found, rows, (low, low + reach))
    for c, condition in enumerate(found["conditions"]):
        own = replace(rows, condition=condition["condition"])
        yield Call(f"{prefix}/conditions/{c}", "quartiles", own, (), QUARTILES)
        for k, clip in enumerate(found["clips"]):
            place, item = f"{prefix}/clips/{k}/scores/{c}", (clip["item"],)
            yield Call(place, "quartiles_of_clip", own, item, QUARTILES)
    if "contrast" in found:
        yield Call(f"{prefix}/contrast", "contrast", rows, (*found["main"]["contrast"], reach))


def _list_conditions(
    prefix: str, found: Found, rows: Chosen, ends: tuple[float, float]
) -> Iterator[Call]:
    for c, condition in enumerate(found["conditions"]):
        own, place = replace(rows, condition=condition["condition"]), f"{prefix}/conditions/{c}"
        yield Call(place, "count_values", own, ends, COUNTED)
        yield Call(f"{place}/mean", "mean_crossed", own, ends)
        yield Call(f"{place}/cant_tell", "share_missing", own)


def _list_agreement(prefix: str, found: Found, column: str) -> Iterator[Call]:
    """Of names; there are none where each listener is asked about something else."""
    rows = Chosen(found["name"])
    for key in found["agreement"]:
        yield Call(f"{prefix}/agreement/{key}", NAMES[key], rows, (column,))


def list_choices(prefix: str, found: Found) -> Iterator[Call]:
    chance = (found["chance"],)
    truth = "x_is" if found["trial_type"] == "abx" else "truth"
    rows = Chosen(found["name"], "", "is_correct")
    yield Call(prefix, "mean_chance", rows, names=("chance",))
    yield Call(f"{prefix}/accuracy", "accuracy", rows, chance, TESTED)
    yield Call(f"{prefix}/known", "known_share", rows, chance, TESTED)
    if found["task"]:
        m = 0 if found["task"] == ABX else int(found["task"].removesuffix("afc"))
        yield Call(f"{prefix}/d_prime", "d_prime", rows, (*chance, m), TESTED)
    if "places" in found:
        column = found["places"]["column"]
        for k, one in enumerate(found["places"]["shares"]):
            yield Call(
                f"{prefix}/places/shares/{k}/share", "share_of_place", rows, (column, one["place"])
            )
    yield Call(f"{prefix}/confusion", "count_confusions", rows, (truth,), ("counts",))
    yield from _list_model_confusion(f"{prefix}/confusion", found["confusion"], rows, truth)
    for k, name in enumerate(found["confusion"]["categories"]):
        yield Call(f"{prefix}/confusion/recalls/{k}", "recall_of", rows, (truth, name))
    for k, clip in enumerate(found["clips"]):
        place, item = f"{prefix}/clips/{k}", (clip["item"],)
        yield Call(place, "count_right", rows, item, ("n", "n_correct"))
        yield Call(f"{place}/share", "share_of_clip", rows, (*item, *chance), TESTED)
    planned = replace(rows, planned=_plan_conditions(found))
    for c, condition in enumerate(found["conditions"]):
        own, place = replace(planned, condition=condition["condition"]), f"{prefix}/conditions/{c}"
        yield Call(place, "count_answers", own, names=("n",))
        yield Call(f"{place}/accuracy", "accuracy", own, chance, TESTED)
    if "contrast" in found:
        yield Call(f"{prefix}/contrast", "contrast", planned, (*found["main"]["contrast"], 1))
    yield from _list_agreement(prefix, found, "choice")


def _list_model_confusion(prefix: str, found: Found, rows: Chosen, truth: str) -> Iterator[Call]:
    if "model_counts" not in found:
        return
    yield Call(prefix, "count_model", rows, (truth,), ("model_counts",))
    yield Call(prefix, "count_by_model", rows, (truth,), ("human_by_model",))
    agreement, place = found["model_agreement"], f"{prefix}/model_agreement"
    yield list_tested(place, "agreement_with_model", rows, (truth, SEED), agreement)


def _plan_conditions(found: Found) -> tuple[tuple[str, tuple[int, ...]], ...]:
    items: dict[str, tuple[int, ...]] = {}
    for clip in found["clips"]:
        items[clip["condition"]] = (*items.get(clip["condition"], ()), clip["item"])
    return tuple(items.items())


def list_pairs(prefix: str, found: Found) -> Iterator[Call]:
    rows, names = Chosen(found["name"], "", "outcome"), tuple(found["wins"]["conditions"])
    for k, one in enumerate(found["scale"]):
        yield Call(f"{prefix}/scale/{k}/ability", "ability", rows, (one["condition"],))
    for name, function in (("position", "position_effect"), ("ties", "tie_effect")):
        if found[name]:
            yield Call(f"{prefix}/{name}", function, rows)
    if "contrast" in found:
        sides = tuple(found["main"]["contrast"])
        yield Call(f"{prefix}/contrast", "ability_difference", rows, sides)
        yield Call(f"{prefix}/win_share", "win_share", rows, sides)
    yield Call(f"{prefix}/wins", "count_wins", rows, names, ("counts", "ties"))
    for k, clip in enumerate(found["clips"]):
        arguments, parts = (clip["item"], *sorted(names)), ("n", "preferred", "n_ties")
        yield Call(f"{prefix}/clips/{k}", "count_preferred", rows, arguments, parts)
    yield from _list_agreement(prefix, found, "preferred")


def list_spans(prefix: str, found: Found) -> Iterator[Call]:
    rows = Chosen(found["name"])
    for k, one in enumerate(found["overlaps"]):
        own, place = replace(rows, condition=one["condition"]), f"{prefix}/overlaps/{k}"
        seed = find_seed(found["name"], one["prompt"], one["condition"])
        yield Call(place, "count_marks", own, (one["prompt"],), ("n",))
        yield Call(
            f"{place}/overlap",
            "overlap_of_marks",
            own,
            (one["prompt"], seed),
            OVERLAP,
            drawn=(P_VALUE, "details/p_value_swapped"),
        )
    for k, clip in enumerate(found["clips"]):
        place, arguments = f"{prefix}/clips/{k}", (clip["prompt"], clip["item"])
        yield Call(place, "count_marks_of_clip", rows, arguments, ("n",))
        yield Call(f"{place}/overlap", "overlap_of_clip", rows, arguments, OVERLAP)


KINDS: Mapping[str, Callable[[str, Found], Iterator[Call]]] = {
    "ratings": list_ratings,
    "scores": list_scores,
    "choices": list_choices,
    "pairs": list_pairs,
    "spans": list_spans,
}
