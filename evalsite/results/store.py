"""Figures are computed once for each state of a study's data and kept in the database.

What takes long is computed by a worker: a page asks for it, shows the rest, and says so.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils import timezone

from evalsite import __version__
from evalsite.clips.leases import is_holder_dead, make_lease
from evalsite.common.transactions import write_transaction
from evalsite.responses.models import Sitting
from evalsite.results.models import Analysis
from evalsite.results.queries import count_invitations
from evalsite.studies.models import Study

logger = logging.getLogger(__name__)

State = Analysis.State
# The number changes with what is computed: figures of another one are computed anew.
SOFTWARE = (__version__, 6)
RUN_TASK = "evalsite.results.tasks.run_analysis"
WAKE_AGAIN = timedelta(seconds=30)
# As for explanations: a page waits for this.
IMPATIENT = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}
Compute = Callable[[Study], dict[str, Any]]


def describe_data(study: Study) -> str:
    """Changes with answers, sittings' ends, invitations, the study's state and the software.

    Every answer touches its sitting, so the sittings tell; a withdrawal may leave it as it is.
    """
    sittings = Sitting.objects.filter(study=study).aggregate(
        n=Count("pk"),
        active=Max("active_at"),
        finished=Max("finished_at"),
        agreed=Max("agreed_at"),
        **{f"n_{state}": Count("pk", filter=Q(state=state)) for state in Sitting.State.values},
    )
    parts = [study.pk, str(study.state), study.protocol_digest, *SOFTWARE, *sittings.values()]
    parts += [study.unblindings.count(), study.withdrawals.count()]
    parts += count_invitations(study).values()
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def compute_once(study: Study, kind: str, compute: Compute) -> dict[str, Any]:
    """The stored figures, else computed now and stored."""
    version = describe_data(study)
    row = Analysis.objects.filter(
        study=study, kind=kind, data_version=version, state=State.DONE
    ).first()
    if row is not None:
        return row.value
    begun = time.monotonic()
    value = compute(study)
    _keep(study, kind, version, value, time.monotonic() - begun)
    return value


def ask_worker(study: Study, kind: str) -> Analysis:
    """The row of the study's present data; a new one tells a worker."""
    with write_transaction():
        row, is_new = Analysis.objects.get_or_create(
            study=study, kind=kind, data_version=describe_data(study)
        )
    if is_new:
        transaction.on_commit(lambda: wake(row.pk))
    return row


def wake(pk: int) -> bool:
    """Tell a worker; a broker that does not take the message is the reaper's case."""
    Analysis.objects.filter(pk=pk).update(woken_at=timezone.now())
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as broker:
            current_app.send_task(RUN_TASK, args=[pk], connection=broker, retry=False)
    except Exception as error:
        logger.warning("analysis %s: no worker told (%s)", pk, error)
        return False
    return True


def run(pk: int, computers: dict[str, Compute]) -> None:
    """Take a waiting row, compute, store. Whatever happens, the row says so afterwards."""
    lease, begun = make_lease(), time.monotonic()
    with write_transaction():
        is_mine = Analysis.objects.filter(
            pk=pk, state=State.QUEUED, attempts__lt=settings.MAX_ATTEMPTS
        ).update(state=State.RUNNING, lease=lease, attempts=F("attempts") + 1)
    if not is_mine:
        return
    row = Analysis.objects.select_related("study").get(pk=pk)
    if describe_data(row.study) != row.data_version:
        logger.info("analysis %s: its data have changed, nobody needs it", pk)
        row.delete()
        return
    try:
        value = computers[row.kind](row.study)
    except Exception as error:
        logger.exception("analysis %s: failed", pk)
        sentence = f"Something unexpected happened: {type(error).__name__}. The log tells more."
        Analysis.objects.filter(pk=pk, lease=lease).update(
            state=State.FAILED, error=sentence, lease=""
        )
        return
    seconds = time.monotonic() - begun
    _keep(row.study, row.kind, row.data_version, value, seconds)
    logger.info("analysis %s (%s): done after %.1f s", pk, row.kind, seconds)


def reap() -> None:
    """Find what got lost with a worker or a message, and tell a worker about it."""
    for row in Analysis.objects.filter(state=State.RUNNING).defer("value"):
        if is_holder_dead(row.lease):
            is_over = row.attempts >= settings.MAX_ATTEMPTS
            Analysis.objects.filter(pk=row.pk, lease=row.lease).update(
                state=State.FAILED if is_over else State.QUEUED,
                error="The worker died over it again and again." if is_over else "",
                lease="",
                woken_at=None,
            )
    due = Q(woken_at=None) | Q(woken_at__lt=timezone.now() - WAKE_AGAIN)
    for pk in Analysis.objects.filter(due, state=State.QUEUED).values_list("pk", flat=True)[:20]:
        if not wake(pk):
            break


def _keep(study: Study, kind: str, version: str, value: dict[str, Any], seconds: float) -> None:
    """Store, and drop what was computed from earlier data."""
    with write_transaction():
        row, _ = Analysis.objects.update_or_create(
            study=study,
            kind=kind,
            data_version=version,
            defaults={"state": State.DONE, "value": value, "seconds": seconds, "lease": ""},
        )
        Analysis.objects.filter(study=study, kind=kind, pk__lt=row.pk).delete()
