"""What a study will take, before anybody is asked: listeners, minutes, balance, power.

The allocation itself is run on simulated listeners, arm after arm; nothing of it is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evalsite.analysis.power import BinomialPlan, plan_binomial, predict_reliability
from evalsite.responses.places import list_candidates
from evalsite.responses.queries import Balance
from evalsite.studies.allocation import Candidate, Draw, lay_out_sitting
from evalsite.studies.blocks import Block
from evalsite.studies.design import derive_seed
from evalsite.studies.models import Arm, Item, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import Load, describe_load, protocol_of

MOST_LISTENERS = 500
MOST_RATERS = 1000
POWER, ALPHA, RELIABILITY = 0.8, 0.05, 0.8


@dataclass(frozen=True)
class Assumptions:
    """What a researcher supposes: ratings an item, correlation of single ratings, share right."""

    n_ratings: int = 5
    correlation: float = 0.3
    share: float = 0.6


@dataclass(frozen=True)
class Allocation:
    """Simulated listeners one after the other, until every item has its ratings."""

    n_listeners: int
    balance: tuple[Balance, ...]
    is_enough: bool
    is_full: bool


@dataclass(frozen=True)
class ChoicePower:
    """A block whose answers are right or wrong. `plan` is None where nothing is supposed."""

    block: str
    chance: float
    n_answers: int
    plan: BinomialPlan | None


@dataclass(frozen=True)
class MeanReliability:
    """Blocks whose answers are averaged over listeners."""

    reliability: float
    n_wanted: int


@dataclass(frozen=True)
class Forecast:
    assumptions: Assumptions
    load: Load
    allocation: Allocation
    n_admitted: int | None
    choices: tuple[ChoicePower, ...]
    means: MeanReliability | None

    @property
    def hours(self) -> float:
        return self.allocation.n_listeners * self.load.minutes / 60


def forecast_study(study: Study, assumptions: Assumptions) -> Forecast:
    protocol = protocol_of(study)
    items = list(study.items.order_by("number").prefetch_related("signals"))
    allocation = allocate(protocol, items, list(study.arms.all()), assumptions.n_ratings)
    choices = [
        _plan_choice(block, chance, allocation, assumptions)
        for block in protocol.blocks
        if (chance := find_chance(block, items)) is not None
    ]
    has_means = any(block.trial_type in ("presence", "rating") for block in protocol.blocks)
    return Forecast(
        assumptions=assumptions,
        load=describe_load(study),
        allocation=allocation,
        n_admitted=count_admitted(protocol),
        choices=tuple(choices),
        means=_plan_means(assumptions) if has_means else None,
    )


def allocate(
    protocol: Protocol, items: Sequence[Item], arms: Sequence[Arm], n_ratings: int
) -> Allocation:
    candidates = list_candidates(items)
    counted = [item for item in candidates if item.kind == Item.Kind.MAIN]
    recordings = list(dict.fromkeys(item.recording for item in candidates if item.recording))
    taken: Counter[int] = Counter()
    for n in range(MOST_LISTENERS):
        if min(taken[item.pk] for item in counted) >= n_ratings:
            return Allocation(n, _count_balance(counted, taken), is_enough=True, is_full=False)
        arm = arms[n % len(arms)]
        draw = Draw(
            seed=derive_seed(protocol.seed, f"forecast {n}"),
            square_row=arm.square_row,
            order_row=arm.order_row,
            recordings=recordings,
            n_taken=taken,
        )
        slots = lay_out_sitting(protocol, candidates, draw, arm.levels)
        given = [
            slot.item.pk
            for slot in slots
            if slot.item.kind == Item.Kind.MAIN and slot.occasion == 1
        ]
        if not given:
            return Allocation(n, _count_balance(counted, taken), is_enough=False, is_full=True)
        taken.update(given)
    balance = _count_balance(counted, taken)
    return Allocation(MOST_LISTENERS, balance, is_enough=False, is_full=False)


def _count_balance(counted: Sequence[Candidate], taken: Counter[int]) -> tuple[Balance, ...]:
    groups: dict[tuple[str, str], list[int]] = {}
    for item in counted:
        groups.setdefault((item.block, item.condition), []).append(taken[item.pk])
    return tuple(
        Balance(block, condition, len(found), sum(found), min(found), max(found))
        for (block, condition), found in groups.items()
    )


def count_admitted(protocol: Protocol) -> int | None:
    """How many listeners the quotas let in; None: some group has none."""
    groups = protocol.groups
    if groups is None or not {groups.inside, groups.outside} <= set(protocol.quotas):
        return None
    return sum(protocol.quotas.values())


def find_chance(block: Block, items: Sequence[Item]) -> float | None:
    """What guessing gets right, at most; None: no answer is right or wrong."""
    if block.trial_type == "abx":
        return 0.5
    if block.trial_type != "identify":
        return None
    mine = [item for item in items if item.block == block.name and item.kind == Item.Kind.MAIN]
    return 1 / min(len(item.shown.get("choices") or item.signals.all()) for item in mine)


def _plan_choice(
    block: Block, chance: float, allocation: Allocation, assumptions: Assumptions
) -> ChoicePower:
    fewest = min(line.n_answers for line in allocation.balance if line.block == block.name)
    plan = None
    if assumptions.share > chance:
        plan = plan_binomial(chance=chance, share=assumptions.share, power=POWER, alpha=ALPHA)
    return ChoicePower(block.name, chance, fewest, plan)


def _plan_means(assumptions: Assumptions) -> MeanReliability:
    """The reliability of means of so many ratings, and how many are wanted for a good one."""
    correlation = assumptions.correlation
    reached = predict_reliability(correlation, k=assumptions.n_ratings)
    wanted = next(
        k
        for k in range(1, MOST_RATERS + 1)
        if k == MOST_RATERS or predict_reliability(correlation, k=k) >= RELIABILITY
    )
    return MeanReliability(reached, wanted)
