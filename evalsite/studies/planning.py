"""From a protocol and its explanations to the rows of its items, signals and arms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from evalsite.clips.models import Clip, Explanation
from evalsite.common.errors import EarwitnessError
from evalsite.studies.blocks import Block
from evalsite.studies.design import derive_seed, williams_square
from evalsite.studies.models import Arm, Item, Signal, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.trial_types.base import ItemPlan, Material, PracticeSounds, SignalPlan

MAX_ROWS = 5040
Kind = Item.Kind


def gather_materials(protocol: Protocol, explanations: Sequence[Explanation]) -> list[Material]:
    """Each source with its clips by kind; one that lacks a condition of a block is named."""
    materials = []
    for explanation, source in zip(explanations, protocol.sources, strict=True):
        by_kind: dict[str, Clip] = {}
        clips = explanation.clips.filter(target__in=("", source.target)).order_by("target", "pk")
        for clip in clips:
            by_kind[clip.kind] = clip
        for condition in protocol.conditions:
            if condition not in by_kind:
                raise EarwitnessError(
                    f"The explanation of “{explanation.recording}” must have a clip "
                    f"{condition!r} for {source.target}, it has "
                    f"{', '.join(sorted(by_kind)) or 'none'}."
                )
        materials.append(Material(explanation, source.target, by_kind))
    return materials


def plan_block(
    block: Block, materials: Sequence[Material], sounds: PracticeSounds, seed: int
) -> list[tuple[Item.Kind, ItemPlan]]:
    """A block's items with their kinds: practice, catch, training, main."""
    rng = np.random.default_rng(derive_seed(seed, f"items of {block.name}"))
    trial_type = block.make_trial_type()
    if block.training >= len(materials):
        raise EarwitnessError(
            f"training must leave sources to judge: there are {len(materials)}, "
            f"got {block.training}."
        )
    materials = trial_type.prepare(materials)
    training, main = split_materials(block, materials, seed)
    planned: list[tuple[Item.Kind, ItemPlan]] = []
    if block.practice:
        planned += [(Kind.PRACTICE, plan) for plan in trial_type.plan_practice(sounds, rng)]
    if block.catch:
        catches = trial_type.plan_catch(sounds, rng)
        if not catches:
            raise EarwitnessError(
                f"catch must be 0 with {block.trial_type}: it has no catch trials."
            )
        planned += [(Kind.CATCH, plan) for plan in catches]
    if training:
        plans = trial_type.plan_items(training, block.conditions, rng)
        planned += [(Kind.TRAINING, plan) for plan in plans]
    plans = trial_type.plan_items(main, block.conditions, rng)
    if not plans:
        raise EarwitnessError(f"Block {block.name} must have an item or more, got 0.")
    return planned + [(Kind.MAIN, plan) for plan in plans]


def split_materials(
    block: Block, materials: Sequence[Material], seed: int
) -> tuple[list[Material], list[Material]]:
    """Those for training and those that count. No recording is in both."""
    trial_type = block.make_trial_type()
    chosen = trial_type.choose_training(materials, block.training, seed=seed, block=block.name)
    training = [replace(materials[i], is_training=True) for i in chosen]
    known = {one.explanation.recording_id for one in training}
    main = [one for one in materials if one.explanation.recording_id not in known]
    if not main:
        raise EarwitnessError(
            f"training must leave recordings to judge, {block.training} sources leave none."
        )
    return training, main


def save_items(
    study: Study, plans: Mapping[str, Sequence[tuple[Item.Kind, ItemPlan]]]
) -> list[Item]:
    """Items that count are numbered from 1 in the order of the plan, the others after them."""
    listed = [(name, kind, plan) for name, block in plans.items() for kind, plan in block]
    listed.sort(key=lambda entry: entry[1] != Kind.MAIN)
    items = Item.objects.bulk_create(
        _make_item(study, number, *entry) for number, entry in enumerate(listed, start=1)
    )
    Signal.objects.bulk_create(
        _make_signal(item, number, signal)
        for item, (_, _, plan) in zip(items, listed, strict=True)
        for number, signal in enumerate(plan.signals)
    )
    return items


def _make_item(study: Study, number: int, block: str, kind: Item.Kind, plan: ItemPlan) -> Item:
    explanation = plan.material.explanation if plan.material else None
    return Item(
        study=study,
        block=block,
        number=number,
        kind=kind,
        condition=plan.condition,
        target=plan.material.target if plan.material else "",
        recording=explanation.recording if explanation else None,
        explanation=explanation,
        shown=dict(plan.shown),
        key=dict(plan.key),
    )


def _make_signal(item: Item, number: int, plan: SignalPlan) -> Signal:
    source = plan.clip if plan.clip is not None else plan.sound
    if source is None:
        raise ValueError(f"A signal must have a clip or a sound, {plan.role} has none.")
    return Signal(
        item=item,
        number=number,
        role=plan.role,
        condition=plan.condition,
        clip=plan.clip,
        blob=source.blob,
        n_bytes=source.n_bytes,
        duration=source.duration,
    )


def list_arms(study: Study, protocol: Protocol, items: Sequence[Item]) -> list[Arm]:
    """Rows of the squares of conditions, crossed with those of orders and with the levels."""
    n_square = math.lcm(
        *(
            count_variants(items, block.name)
            for block in protocol.blocks
            if block.assignment == "latin_square"
        )
    )
    orders = [len(block.conditions) for block in protocol.blocks if block.order == "williams"]
    if protocol.block_order == "williams":
        orders.append(len(protocol.blocks))
    n_orders = math.lcm(*(len(williams_square(n)) for n in orders))
    factors = list(protocol.between)
    levels = list(product(*(protocol.between[factor] for factor in factors)))
    n_rows = n_orders * n_square * len(levels)
    if n_rows > MAX_ROWS:
        raise EarwitnessError(f"A design must have {MAX_ROWS} rows or fewer, got {n_rows}.")
    return [
        Arm(
            study=study,
            row=row,
            square_row=square_row,
            order_row=order_row,
            levels=dict(zip(factors, combination, strict=True)),
        )
        for row, (order_row, square_row, combination) in enumerate(
            product(range(n_orders), range(n_square), levels)
        )
    ]


def count_variants(items: Sequence[Item], block: str) -> int:
    """In how many ways a block's most varied recording can be heard: a Latin square's rows."""
    counts = Counter(
        item.recording_id for item in items if item.block == block and item.kind == Kind.MAIN
    )
    return max(counts.values())
