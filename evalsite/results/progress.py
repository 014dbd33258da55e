"""An open study as it stands: who is where, which places are taken. Nothing of what they said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from evalsite.responses.models import Response, Sitting, Trial
from evalsite.responses.places import holds_places
from evalsite.results.queries import count_flow
from evalsite.studies.blocks import Block
from evalsite.studies.models import Item, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of

ACTIVE_MINUTES = 10


@dataclass(frozen=True)
class BlockFill:
    """Ratings of a block's items; `wanted` of each, None where the protocol names no number."""

    name: str
    n_items: int
    wanted: int | None
    n_answered: int
    n_held: int
    fewest: int
    most: int

    @property
    def n_places(self) -> int | None:
        return None if self.wanted is None else self.wanted * self.n_items


@dataclass(frozen=True)
class GroupFill:
    """A group of listeners; `quota` None: as many as come."""

    name: str
    n_finished: int
    n_held: int
    quota: int | None


@dataclass(frozen=True)
class ArmFill:
    """The rows of the design that have these levels, and how many sittings a row has."""

    levels: str
    n_rows: int
    n_sittings: int
    fewest: int
    most: int


@dataclass(frozen=True)
class Progress:
    now: datetime
    flow: dict[str, int]
    n_active: int
    n_answers: int
    n_unanswered: int
    last_activity: datetime | None
    blocks: tuple[BlockFill, ...]
    groups: tuple[GroupFill, ...]
    arms: tuple[ArmFill, ...]


def follow_study(study: Study) -> Progress:
    protocol, now = protocol_of(study), timezone.now()
    sittings = study.sittings.filter(is_pilot=False)
    live = sittings.filter(
        state=Sitting.State.AGREED, active_at__gt=now - timedelta(minutes=ACTIVE_MINUTES)
    )
    shown = Trial.objects.filter(sitting__in=live, presented_at__isnull=False)
    counted = Response.objects.filter(
        trial__sitting__study=study, trial__sitting__is_pilot=False, trial__is_practice=False
    )
    last = sittings.aggregate(begun=Max("started_at"), active=Max("active_at"))
    return Progress(
        now=now,
        flow=count_flow(study),
        n_active=live.count(),
        n_answers=counted.count(),
        n_unanswered=shown.filter(response__isnull=True).count(),
        last_activity=max((when for when in last.values() if when is not None), default=None),
        blocks=tuple(_fill_blocks(study, protocol, now)),
        groups=tuple(_fill_groups(study, protocol, now)),
        arms=tuple(_fill_arms(study, protocol, now)),
    )


def _fill_blocks(study: Study, protocol: Protocol, now: datetime) -> list[BlockFill]:
    mine = Q(trials__sitting__is_pilot=False, trials__occasion=1)
    answered = mine & Q(trials__response__isnull=False)
    held = (
        mine & Q(trials__response__isnull=True) & holds_places(protocol, now, "trials__sitting__")
    )
    rows = (
        study.items.filter(kind=Item.Kind.MAIN)
        .order_by("number")
        .annotate(n_answered=Count("trials", filter=answered), n_held=Count("trials", filter=held))
        .values_list("block", "n_answered", "n_held")
    )
    counts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, n_answered, n_held in rows:
        counts[name].append((n_answered, n_held))
    return [_fill_block(block, counts[block.name]) for block in protocol.blocks]


def _fill_block(block: Block, counts: Sequence[tuple[int, int]]) -> BlockFill:
    answered = [n_answered for n_answered, _ in counts]
    return BlockFill(
        name=block.name,
        n_items=len(counts),
        wanted=block.ratings_per_item,
        n_answered=sum(answered),
        n_held=sum(n_held for _, n_held in counts),
        fewest=min(answered, default=0),
        most=max(answered, default=0),
    )


def _fill_groups(study: Study, protocol: Protocol, now: datetime) -> list[GroupFill]:
    if protocol.groups is None:
        return []
    holding = study.sittings.filter(
        holds_places(protocol, now), is_pilot=False, arm__isnull=False
    ).values_list("group", "state")
    counts = Counter(holding)
    finished = Sitting.State.FINISHED
    return [
        GroupFill(
            name=name,
            n_finished=counts[name, finished],
            n_held=sum(
                n for (group, state), n in counts.items() if group == name and state != finished
            ),
            quota=protocol.quotas.get(name),
        )
        for name in (protocol.groups.inside, protocol.groups.outside)
    ]


def _fill_arms(study: Study, protocol: Protocol, now: datetime) -> list[ArmFill]:
    held = Q(sittings__is_pilot=False) & holds_places(protocol, now, "sittings__")
    arms = study.arms.order_by("row").annotate(n=Count("sittings", filter=held))
    counts: dict[str, list[int]] = defaultdict(list)
    for arm in arms:
        counts[", ".join(f"{name} {level}" for name, level in arm.levels.items())].append(arm.n)
    return [
        ArmFill(levels, len(found), sum(found), min(found), max(found))
        for levels, found in counts.items()
    ]
