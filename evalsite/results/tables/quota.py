"""Which ratings of an item count toward the number that its block asks for.

Of each item's first answers those of people who kept their place come first, then those that came
after the reservation had run out, then those of people whose panel replaced them; within these the
earlier before the later. The first `ratings_per_item` fill the quota, the rest are over it. Nothing
is dropped: the rest are ratings too.
"""

from __future__ import annotations

from collections import Counter

from django.db.models import Case, Exists, OuterRef, Value, When

from evalsite.responses.models import PlayEvent, Response, Sitting
from evalsite.studies.models import Item, Study
from evalsite.studies.queries import protocol_of

KEPT, LATE, REPLACED = 0, 1, 2


def find_over_quota(study: Study) -> frozenset[int]:
    """The trials whose answers are beyond their items' quota; only samples have one."""
    quotas = {
        block.name: block.ratings_per_item
        for block in protocol_of(study).blocks
        if block.assignment == "sample" and block.ratings_per_item
    }
    if not quotas:
        return frozenset()
    late = PlayEvent.objects.filter(trial=OuterRef("trial"), kind="after_reservation")
    answers = (
        Response.objects.filter(
            trial__sitting__study=study,
            trial__sitting__is_pilot=False,
            trial__block__in=quotas,
            trial__item__kind=Item.Kind.MAIN,
            trial__occasion=1,
        )
        .annotate(
            rank=Case(
                When(trial__sitting__state=Sitting.State.RETURNED, then=Value(REPLACED)),
                When(Exists(late), then=Value(LATE)),
                default=Value(KEPT),
            )
        )
        .order_by("rank", "answered_at", "pk")
        .values_list("trial", "trial__item", "trial__block")
    )
    n_of_item: Counter[int] = Counter()
    over = set()
    for trial, item, block in answers:
        n_of_item[item] += 1
        if n_of_item[item] > quotas[block]:
            over.add(trial)
    return frozenset(over)
