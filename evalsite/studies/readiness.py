"""What must be true before a study opens, each rule as a sentence a researcher can act on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evalsite.clips.models import Explanation
from evalsite.studies.balance import list_imbalances
from evalsite.studies.models import Item, Signal, Study
from evalsite.studies.planning import count_variants
from evalsite.studies.presentation import name_condition
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of

MAX_SPREAD_LU = 0.5
# Loudness figures are stored to two digits or so: equal within rounding is equal.
ROUNDING_LU = 0.005


@dataclass(frozen=True)
class Check:
    """One rule: kept, or broken, or (a warning) kept with a word of caution."""

    is_kept: bool
    text: str
    is_warning: bool = False


def check_study(study: Study) -> list[Check]:
    protocol = protocol_of(study)
    items = list(study.items.filter(kind=Item.Kind.MAIN).select_related("recording", "explanation"))
    signals = list(
        Signal.objects.filter(item__study=study, item__kind=Item.Kind.MAIN, clip__isnull=False)
        .select_related("item__recording", "clip")
        .order_by("item__number", "number")
    )
    checks = [
        _check_items(items, signals),
        _check_controls(protocol),
        _check_explanations(items),
        _check_loudness(signals),
        _check_lengths(signals),
        *_check_blocks(protocol, items),
    ]
    imbalances = [Check(True, text, is_warning=True) for text in list_imbalances(study, protocol)]
    return [*checks, *_warn(protocol, items), *imbalances]


def list_obstacles(study: Study) -> list[str]:
    return [check.text for check in check_study(study) if not check.is_kept]


def _check_items(items: Sequence[Item], signals: Sequence[Signal]) -> Check:
    n_recordings = len({item.recording_id for item in items})
    if not items:
        return Check(False, "A study must have one recording or more, got 0.")
    noun = "recording" if n_recordings == 1 else "recordings"
    return Check(
        True, f"{len({signal.clip_id for signal in signals})} clips of {n_recordings} {noun}"
    )


def _check_controls(protocol: Protocol) -> Check:
    controls = [name for name in protocol.conditions if name.startswith("control_")]
    if not {"kept", "removed"} & set(protocol.conditions):
        return Check(True, "No clip of an explanation is judged, so none needs a control")
    if not controls:
        return Check(
            False,
            "A study must have a control condition: without one, nobody knows what a clip that "
            f"explains nothing would get; its conditions are {', '.join(protocol.conditions)}.",
        )
    return Check(True, f"With a {' and a '.join(name_condition(name) for name in controls)}")


def _check_explanations(items: Sequence[Item]) -> Check:
    for item in items:
        if item.explanation.state != Explanation.State.DONE:
            return Check(
                False,
                f"Every explanation must be done, that of “{item.recording}” is "
                f"{item.explanation.get_state_display()}.",
            )
    return Check(True, "All explanations are done")


def _check_loudness(signals: Sequence[Signal]) -> Check:
    widest = 0.0
    for recording, clips in _group_by_recording(signals).items():
        levels = [signal.clip.loudness_after for signal in clips]
        if any(level is None for level in levels):
            return Check(False, f"Every clip must have a loudness, one of “{recording}” has none.")
        spread = max(levels) - min(levels)
        if spread > MAX_SPREAD_LU + ROUNDING_LU:
            return Check(
                False,
                f"The clips of a recording must lie within {MAX_SPREAD_LU} LU, those of "
                f"“{recording}” lie {spread:.2f} LU apart.",
            )
        widest = max(widest, spread)
    return Check(True, f"Loudness within {max(widest, 0.01):.2g} LU")


def _check_lengths(signals: Sequence[Signal]) -> Check:
    for recording, clips in _group_by_recording(signals).items():
        if len({(one.n_bytes, one.clip.sample_rate, one.clip.n_samples) for one in clips}) > 1:
            return Check(
                False,
                "The clips of a recording must have one length and rate, those of "
                f"“{recording}” differ.",
            )
    return Check(True, "The clips of each recording have one length")


def _check_blocks(protocol: Protocol, items: Sequence[Item]) -> list[Check]:
    """What the blocks' trial types ask for, beyond what all do."""
    checks = []
    for block in protocol.blocks:
        n = len({item.recording_id for item in items if item.block == block.name})
        sentences = block.make_trial_type().find_obstacles(
            n_recordings=min(n, block.items_per_sitting or n),
            n_training=block.training,
            min_heard=block.min_heard,
        )
        checks += [Check(False, f"{block.name}: {sentence}") for sentence in sentences]
    return checks


def _warn(protocol: Protocol, items: Sequence[Item]) -> list[Check]:
    warnings = []
    n_recordings = len({item.recording_id for item in items})
    blocks = [block for block in protocol.blocks if block.assignment != "all"] if items else []
    n_conditions = max((count_variants(items, block.name) for block in blocks), default=0)
    if 0 < n_recordings < n_conditions:
        warnings.append(
            Check(
                True,
                f"With {n_recordings} recordings and {n_conditions} conditions a listener does "
                f"not hear every condition. Use {n_conditions} or more.",
                is_warning=True,
            )
        )
    if any(block.assignment == "all" for block in protocol.blocks) and n_recordings < len(items):
        warnings.append(
            Check(
                True,
                "A block with assignment “all” lets a listener hear a recording in several "
                "conditions: who has heard the whole hears it in its parts.",
                is_warning=True,
            )
        )
    warnings += _warn_of_one_target(protocol, items)
    seeds = {item.explanation.recipe.get("seed") for item in items}
    if len(seeds) == 1:
        warnings.append(
            Check(
                True,
                f"All explanations come from seed {seeds.pop()}: the result will be about one "
                "seed.",
                is_warning=True,
            )
        )
    if len({item.explanation.recipe.get("selection") for item in items}) > 1:
        warnings.append(
            Check(
                True,
                "Some kept clips hold what speaks for the target, others what speaks against it: "
                "their means mix the two. Choose explanations of one kind.",
                is_warning=True,
            )
        )
    return warnings


def _warn_of_one_target(protocol: Protocol, items: Sequence[Item]) -> list[Check]:
    """Which target a clip was made for says nothing where the answer never changes."""
    warnings = []
    for block in protocol.blocks:
        targets = {item.target for item in items if item.block == block.name}
        asks_target = block.trial_type == "identify" and (block.parameters or {})["ask"] == "target"
        if asks_target and len(targets) == 1:
            warnings.append(
                Check(
                    True,
                    f"In block “{block.name}” every clip was made for {targets.pop()}: who "
                    "notices is always right. Add explanations of other targets.",
                    is_warning=True,
                )
            )
    return warnings


def _group_by_recording(signals: Sequence[Signal]) -> dict[object, list[Signal]]:
    groups: dict[object, list[Signal]] = defaultdict(list)
    for signal in signals:
        groups[signal.item.recording].append(signal)
    return groups
