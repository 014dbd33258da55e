"""Places of a sitting: its arm and its items, taken under one lock, kept for a while.

A sitting holds its places while it goes on and for the protocol's `reservation_minutes` after it
was last active. Then others get them; what it has answered counts for ever, unless its panel
replaces the person: then all of its places return.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, Q
from django.utils import timezone

from evalsite.responses.models import Sitting, Trial, TrialSignal
from evalsite.studies.allocation import Candidate, Draw, Slot, lay_out_sitting, sample_items
from evalsite.studies.blocks import Block
from evalsite.studies.design import derive_seed, least_filled
from evalsite.studies.models import UNCOUNTED, Arm, Item, Signal, Study, make_token
from evalsite.studies.protocol import Protocol
from evalsite.studies.trial_types.base import ItemView

State = Sitting.State


def take_places(sitting: Sitting, protocol: Protocol) -> bool:
    """Give the sitting an arm and its trials; False: no place is left. Inside a transaction."""
    arms = list(Arm.objects.select_for_update().filter(study=sitting.study_id).order_by("row"))
    now = timezone.now()
    if is_group_full(sitting, protocol, now):
        return False
    sitting.arm = choose_arm(sitting, protocol, arms, now)
    items = list(
        Item.objects.filter(study=sitting.study_id).order_by("number").prefetch_related("signals")
    )
    draw = make_draw(sitting, items, count_taken(sitting.study, protocol, now, but=sitting))
    slots = lay_out_sitting(protocol, list_candidates(items), draw, sitting.arm.levels)
    if not any(slot.item.kind == Item.Kind.MAIN for slot in slots):
        return False
    sitting.active_at = now
    sitting.save(update_fields=("arm", "active_at"))
    save_trials(sitting, protocol, slots, {item.pk: item for item in items})
    return True


def holds_places(protocol: Protocol, now: datetime, prefix: str = "") -> Q:
    """Sittings that finished or were active lately; `prefix` leads to them ("sitting__")."""
    since = now - timedelta(minutes=protocol.reservation_minutes)
    live = Q(**{f"{prefix}state": State.AGREED, f"{prefix}active_at__gt": since})
    return live | Q(**{f"{prefix}state": State.FINISHED})


def holds_still(sitting: Sitting, protocol: Protocol) -> bool:
    """Whether nobody else may have been given this sitting's places."""
    if sitting.state != State.AGREED or sitting.arm_id is None or sitting.active_at is None:
        return True
    since = timezone.now() - timedelta(minutes=protocol.reservation_minutes)
    return sitting.active_at > since


def renew_places(sitting: Sitting, protocol: Protocol) -> bool:
    """Hold again what is free still, replace what others took. Inside a transaction."""
    list(Arm.objects.select_for_update().filter(study=sitting.study_id).order_by("row"))
    now = timezone.now()
    Sitting.objects.filter(pk=sitting.pk).update(active_at=now)
    waiting = sitting.trials.filter(response__isnull=True)
    if is_group_full(sitting, protocol, now):
        waiting.delete()
        return True
    n_taken = count_taken(sitting.study, protocol, now, but=sitting)
    lost = [
        trial
        for trial in waiting.filter(item__kind=Item.Kind.MAIN, occasion=1).select_related("item")
        if (block := protocol.find_block(trial.block)).assignment == "sample"
        and n_taken.get(trial.item_id, 0) >= (block.ratings_per_item or 0)
    ]
    if lost:
        replace_trials(sitting, protocol, lost, n_taken)
    return bool(lost)


def replace_trials(
    sitting: Sitting, protocol: Protocol, lost: Sequence[Trial], n_taken: dict[int, int]
) -> None:
    """Other items take the lost ones' turns; the rest moves up where there is none."""
    Trial.objects.filter(
        sitting=sitting, response__isnull=True, item__in=[trial.item_id for trial in lost]
    ).delete()
    items = list(
        Item.objects.filter(study=sitting.study_id).order_by("number").prefetch_related("signals")
    )
    by_pk = {item.pk: item for item in items}
    draw = make_draw(sitting, items, n_taken)
    kept = [by_pk[pk] for pk in sitting.trials.values_list("item", flat=True)]
    kept = [item for item in kept if item.recording_id is not None]
    draw.heard.update({item.recording_id: item.condition for item in kept})
    for name in dict.fromkeys(trial.block for trial in lost):
        turns = [trial for trial in lost if trial.block == name]
        block = replace(protocol.find_block(name), items_per_sitting=len(turns))
        heard = {item.recording_id for item in kept if item.block == name}
        free = [
            item
            for item in list_candidates(items)
            if item.block == name and item.kind == Item.Kind.MAIN and item.recording not in heard
        ]
        for trial, item in zip(turns, sample_items(block, free, draw), strict=False):
            after = {"sequence": trial.sequence, "position": trial.position - 1}
            save_trials(sitting, protocol, [Slot(item)], by_pk, **after)
    number_trials(sitting)


def number_trials(sitting: Sitting) -> None:
    """Sequences and positions without gaps again."""
    position = 0
    for sequence, trial in enumerate(sitting.trials.order_by("sequence")):
        position += not trial.is_practice
        if (trial.sequence, trial.position) != (sequence, position):
            Trial.objects.filter(pk=trial.pk).update(sequence=sequence, position=position)


def is_group_full(sitting: Sitting, protocol: Protocol, now: datetime) -> bool:
    quota = protocol.quotas.get(sitting.group)
    if quota is None or sitting.is_pilot:
        return False
    others = sitting.study.sittings.filter(
        holds_places(protocol, now), is_pilot=False, group=sitting.group, arm__isnull=False
    )
    return others.exclude(pk=sitting.pk).count() >= quota


def choose_arm(sitting: Sitting, protocol: Protocol, arms: Sequence[Arm], now: datetime) -> Arm:
    """The least filled; with quotas the least filled of the group. Pilots take turns."""
    if sitting.is_pilot:
        n_pilots = sitting.study.sittings.filter(is_pilot=True, arm__isnull=False).count()
        return arms[n_pilots % len(arms)]
    held = (
        sitting.study.sittings.filter(
            holds_places(protocol, now), is_pilot=False, arm__isnull=False
        )
        .exclude(pk=sitting.pk)
        .values_list("arm", "group")
    )
    of_all: Counter[int] = Counter(arm for arm, _ in held)
    of_group: Counter[int] = Counter(arm for arm, group in held if group == sitting.group)
    first, second = (of_group, of_all) if protocol.quotas else (of_all, of_group)
    # One number that orders by the first count, then the second.
    weight = math.fsum(second.values()) + 1
    return arms[least_filled([round(first[a.pk] * weight + second[a.pk]) for a in arms])]


def count_taken(study: Study, protocol: Protocol, now: datetime, *, but: Sitting) -> dict[int, int]:
    """How many places of each item others have: answered, or held by a live sitting.

    Whoever gave the place back is replaced, and their answers take no place.
    """
    if but.is_pilot or all(block.assignment != "sample" for block in protocol.blocks):
        return {}
    taken = (
        Trial.objects.filter(
            holds_places(protocol, now, "sitting__")
            | (Q(response__isnull=False) & ~Q(sitting__state=State.RETURNED)),
            sitting__study=study,
            sitting__is_pilot=False,
            occasion=1,
            item__kind=Item.Kind.MAIN,
        )
        .exclude(sitting=but)
        .order_by()
        .values("item")
        .annotate(n=Count("pk"))
    )
    return {row["item"]: row["n"] for row in taken}


def list_candidates(items: Sequence[Item]) -> list[Candidate]:
    return [
        Candidate(item.pk, item.block, item.kind, item.recording_id, item.condition)
        for item in items
    ]


def make_draw(sitting: Sitting, items: Sequence[Item], n_taken: dict[int, int]) -> Draw:
    recordings = dict.fromkeys(item.recording_id for item in items if item.recording_id)
    return Draw(
        seed=sitting.seed,
        square_row=sitting.arm.square_row,
        order_row=sitting.arm.order_row,
        recordings=list(recordings),
        n_taken=n_taken,
    )


def save_trials(
    sitting: Sitting,
    protocol: Protocol,
    slots: Sequence[Slot],
    items: dict[int, Item],
    *,
    sequence: int = 0,
    position: int = 0,
) -> None:
    """Write trials with their signals, after those that end at `sequence` and `position`."""
    trials, presented = [], []
    for number, slot in enumerate(slots, start=sequence):
        item = items[slot.item.pk]
        is_counted = item.kind not in UNCOUNTED
        position += is_counted
        block = protocol.find_block(item.block)
        trial, signals = present_item(sitting, block, item, sequence=number)
        trial.occasion, trial.position, trial.is_practice = slot.occasion, position, not is_counted
        trials.append(trial)
        presented += signals
    Trial.objects.bulk_create(trials)
    TrialSignal.objects.bulk_create(presented)


def present_item(
    sitting: Sitting, block: Block, item: Item, *, sequence: int
) -> tuple[Trial, list[TrialSignal]]:
    """An item as this sitting gets it: what is shown, what stays hidden, in which order.

    The order follows the trial's place, so that it tells nothing of the item.
    """
    trial_type = block.make_trial_type()
    signals = list(item.signals.all())
    rng = np.random.default_rng(derive_seed(sitting.seed, f"trial {sequence}"))
    view = ItemView(
        tuple(signal.role for signal in signals),
        tuple(signal.condition for signal in signals),
        item.shown,
        item.key,
        sitting.seed,
    )
    arranged = trial_type.arrange(view, rng)
    ordered = [signals[i] for i in arranged.signals]
    labelled = list(zip(arranged.labels, ordered, strict=True))
    trial = Trial(
        sitting=sitting,
        item=item,
        sequence=sequence,
        block=block.name,
        name=make_token(),
        trial_type=block.trial_type,
        trial_type_version=trial_type.version,
        snapshot={
            "question": block.question,
            "intro": block.intro,
            "parameters": trial_type.to_parameters(),
            "shown": {
                **trial_type.public_parameters(),
                **item.shown,
                **arranged.shown,
                "labels": list(arranged.labels),
            },
            "signals": [describe_signal(label, signal) for label, signal in labelled],
            "min_heard": block.min_heard,
            "ask_familiarity": block.ask_familiarity,
            "feedback": block.feedback,
        },
        key={
            **item.key,
            **arranged.key,
            "conditions": {label: signal.condition for label, signal in labelled},
        },
    )
    presented = [
        TrialSignal(trial=trial, signal=signal, number=number, label=label)
        for number, (label, signal) in enumerate(labelled)
    ]
    return trial, presented


def describe_signal(label: str, signal: Signal) -> dict[str, object]:
    return {
        "label": label,
        "role": signal.role,
        "duration": signal.duration,
        "sha256": signal.blob,
    }
