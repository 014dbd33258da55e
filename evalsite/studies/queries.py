"""Reads. All start from the user: what belongs to somebody else does not exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from evalsite.clips.models import Explanation
from evalsite.studies.models import Item, Study
from evalsite.studies.protocol import Protocol, read_protocol
from evalsite.studies.time_needed import SECONDS_BEFORE, expect_trial

MAX_FROZEN = 50
_frozen: dict[str, Protocol] = {}
REAL = Q(sittings__is_pilot=False)


def studies_for(user: AbstractBaseUser) -> QuerySet[Study]:
    return Study.objects.filter(owner=user)


def studies_with_counts(user: AbstractBaseUser) -> QuerySet[Study]:
    """Each study with `n_recordings`, `n_started` and `n_finished` (pilots apart)."""
    finished = REAL & Q(sittings__state="finished")
    return studies_for(user).annotate(
        n_recordings=Count("items__recording", distinct=True),
        n_started=Count("sittings", filter=REAL, distinct=True),
        n_finished=Count("sittings", filter=finished, distinct=True),
    )


def study_for(user: AbstractBaseUser, slug: str) -> Study:
    return get_object_or_404(studies_for(user), slug=slug)


def protocol_of(study: Study) -> Protocol:
    """A frozen one is read once a process: every request of a sitting needs it."""
    if not study.protocol_digest:
        return read_protocol(study.protocol)
    known = _frozen.get(study.protocol_digest)
    if known is None or known.frozen != study.protocol:
        known = read_protocol(study.protocol, is_frozen=True)
        if len(_frozen) >= MAX_FROZEN:
            _frozen.clear()
        _frozen[study.protocol_digest] = known
    return known


def finished_explanations_for(user: AbstractBaseUser) -> QuerySet[Explanation]:
    return (
        Explanation.objects.filter(recording__owner=user, state=Explanation.State.DONE)
        .select_related("recording", "model")
        .prefetch_related("clips")
        .order_by("recording__title", "recording", "-created_at", "-pk")
    )


def explanations_for(user: AbstractBaseUser, pks: Iterable[int]) -> list[Explanation]:
    """These explanations in this order; one that is missing or foreign is a 404."""
    wanted = list(dict.fromkeys(pks))
    mine = Explanation.objects.filter(recording__owner=user).select_related("recording", "model")
    found = mine.in_bulk(wanted)
    if len(found) < len(wanted):
        raise Http404("There is no such explanation.")
    return [found[pk] for pk in wanted]


def count_flow(study: Study) -> dict[str, int]:
    """How far listeners got, pilots apart. Sittings are known here by their reverse name only."""
    sittings = study.sittings.filter(is_pilot=False)
    began = Q(trials__is_practice=False, trials__presented_at__isnull=False)
    return {
        "started": sittings.count(),
        "agreed": sittings.filter(agreed_at__isnull=False).count(),
        "began": sittings.filter(began).distinct().count(),
        "finished": sittings.filter(state="finished").count(),
        "in_the_middle": sittings.filter(state="agreed").count(),
        "pilots": study.sittings.filter(is_pilot=True).count(),
    }


@dataclass(frozen=True)
class Load:
    """What a sitting asks of a listener."""

    n_recordings: int
    n_clips: int
    clip_seconds: int
    minutes: int


def describe_load(study: Study) -> Load:
    """For a listener of whom nothing is known."""
    protocol = protocol_of(study)
    signals: dict[int, list[float]] = defaultdict(list)
    blocks: dict[str, dict[int, int | None]] = defaultdict(dict)
    rows = study.items.filter(kind=Item.Kind.MAIN).values_list(
        "block", "pk", "recording", "signals__duration"
    )
    for block, item, recording, duration in rows:
        signals[item].append(duration)
        blocks[block][item] = recording
    n_clips, seconds = 0, 0.0
    for block in protocol.blocks:
        items = blocks[block.name]
        n_items = len(items)
        if block.assignment == "latin_square":
            n_items = len(set(items.values()))
        elif block.items_per_sitting is not None:
            n_items = min(n_items, block.items_per_sitting)
        n_trials = n_items + min(block.repeats, n_items) + block.catch
        each = sum(expect_trial(signals[item]) for item in items) / max(len(items), 1)
        n_clips += n_trials
        seconds += n_trials * each
    longest = max((duration for each in signals.values() for duration in each), default=0)
    recordings = {recording for items in blocks.values() for recording in items.values()}
    minutes = max(1, round((seconds + SECONDS_BEFORE) / 60))
    return Load(len(recordings), n_clips, round(longest), minutes)
