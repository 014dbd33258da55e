"""Reads. All start from a token of the person who asks."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from evalsite.responses.models import Invitation, Sitting, Trial, TrialSignal, Withdrawal
from evalsite.studies.models import Item, Signal, Study

COOKIE_NAME = "sitting"


@dataclass(frozen=True)
class Entrance:
    """What a link leads to. `is_live`: the study lets people in by it now."""

    study: Study
    is_pilot: bool
    invitation: Invitation | None = None

    @property
    def is_live(self) -> bool:
        if self.is_pilot:
            return self.study.state != Study.State.CLOSED
        return self.study.state == Study.State.OPEN


def entrance_for(token: str) -> Entrance:
    study = Study.objects.filter(Q(link_token=token) | Q(pilot_token=token)).first()
    if study is not None:
        return Entrance(study, is_pilot=study.pilot_token == token)
    invitation = get_object_or_404(Invitation.objects.select_related("study"), token=token)
    return Entrance(invitation.study, is_pilot=False, invitation=invitation)


def hash_cookie(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def sitting_for(cookie: str | None) -> Sitting | None:
    if not cookie:
        return None
    sittings = Sitting.objects.select_related("study", "arm")
    return sittings.filter(cookie_hash=hash_cookie(cookie)).first()


def sitting_of_link(token: str) -> Sitting:
    """The sitting of its own link, also after its end."""
    return get_object_or_404(Sitting.objects.select_related("study"), resume_token=token)


def find_withdrawal(token: str) -> Withdrawal | None:
    """That the sitting of this link was withdrawn."""
    return Withdrawal.objects.filter(link_hash=hash_cookie(token)).first()


@dataclass(frozen=True)
class Balance:
    """How evenly the items of a block in one condition were answered."""

    block: str
    condition: str
    n_items: int
    n_answers: int
    fewest: int
    most: int


def balance_of(study: Study, *, is_pilot: bool = False) -> list[Balance]:
    """One line a block and condition; repeats and who gave the place back left out."""
    answered = ~Q(trials__sitting__state=Sitting.State.RETURNED) & Q(
        trials__response__isnull=False,
        trials__occasion=1,
        trials__sitting__is_pilot=is_pilot,
    )
    items = study.items.filter(kind=Item.Kind.MAIN).annotate(n=Count("trials", filter=answered))
    counts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for item in items.order_by("number"):
        counts[item.block, item.condition].append(item.n)
    return [
        Balance(block, condition, len(found), sum(found), min(found), max(found))
        for (block, condition), found in counts.items()
    ]


def trial_for(sitting: Sitting, name: str) -> Trial:
    trials = sitting.trials.select_related("item", "response")
    return get_object_or_404(trials, name=name)


def audible_signal_for(sitting: Sitting, name: str, current: Trial | None) -> Signal:
    """The signal of this name, if it is the current trial's, an answered or a practice one's."""
    presented = get_object_or_404(
        TrialSignal.objects.select_related("trial__response", "signal"),
        trial__sitting=sitting,
        name=name,
    )
    trial = presented.trial
    is_current = current is not None and trial.pk == current.pk
    if not (is_current or hasattr(trial, "response")):
        raise Http404("There is no such clip.")
    return presented.signal
