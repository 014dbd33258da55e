"""The life of a job: leased, renewed, then done or failed; found again when its worker died."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from evalsite.clips import engine
from evalsite.clips.leases import Heartbeat, find_lease_end, is_holder_dead, make_lease
from evalsite.clips.models import Clip, Explanation
from evalsite.clips.services.explanations import publish_wake
from evalsite.clips.services.outcome import Outcome, publish_outcome
from evalsite.common.blobs import find_blob
from evalsite.common.transactions import write_transaction

logger = logging.getLogger(__name__)

State = Explanation.State
WAKE_AGAIN = timedelta(seconds=30)
# The oldest of the waiting are told again; the rest follow as these get done.
MAX_WOKEN_AT_ONCE = 20
# Set when the worker is told to stop: what it has in hand goes back to the queue.
stopping = threading.Event()


def lease_explanation(*, pk: int) -> Explanation | None:
    """Take a waiting or abandoned explanation; None when somebody else has it or it is over.

    The attempt counts before the run: one that kills its worker is not tried for ever.
    """
    now, lease = timezone.now(), make_lease()
    with write_transaction():
        n_taken = (
            Explanation.objects.filter(pk=pk, attempts__lt=settings.MAX_ATTEMPTS)
            .filter(Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now))
            .update(
                state=State.RUNNING,
                lease=lease,
                lease_until=find_lease_end(),
                attempts=F("attempts") + 1,
                progress_done=0,
                started_at=now,
                finished_at=None,
                error="",
            )
        )
    if not n_taken:
        return None
    return Explanation.objects.select_related("recording", "model").get(pk=pk, lease=lease)


def held(explanation: Explanation) -> QuerySet[Explanation]:
    """The row, as long as the lease it was taken with is still on it."""
    return Explanation.objects.filter(
        pk=explanation.pk, state=State.RUNNING, lease=explanation.lease
    )


def renew_lease(explanation: Explanation, done: int, total: int) -> bool:
    with write_transaction():
        n_renewed = held(explanation).update(
            lease_until=find_lease_end(),
            progress_done=done,
            progress_total=total or explanation.progress_total,
        )
    return bool(n_renewed)


def run_explanation(*, pk: int) -> None:
    """Lease, explain, finish. Whatever happens, the row says so afterwards."""
    explanation = lease_explanation(pk=pk)
    if explanation is None:
        logger.info("explanation %s: nothing to do", pk)
        return
    begun = time.monotonic()
    logger.info("explanation %s: attempt %s begins", pk, explanation.attempts)
    try:
        check_still_valid(explanation)
        with open_work_folder(explanation) as folder:
            finish_explanation(
                explanation=explanation,
                outcome=make_outcome(explanation, Path(folder)),
                seconds=time.monotonic() - begun,
            )
        drop_answers(explanation)
    except engine.Cancelled:
        release_explanation(explanation=explanation)
    except engine.EngineError as error:
        logger.info("explanation %s: refused: %s", pk, error)
        fail_explanation(explanation=explanation, sentence=str(error))
    except Exception as error:
        logger.exception("explanation %s: failed", pk)
        fail_explanation(
            explanation=explanation,
            sentence=f"Something unexpected happened: {type(error).__name__}. "
            "The worker's log tells more.",
        )
    logger.info("explanation %s: over after %.1f s", pk, time.monotonic() - begun)


def check_still_valid(explanation: Explanation) -> None:
    if explanation.engine_version != engine.VERSION:
        raise engine.EngineError(
            f"This was asked of engine {explanation.engine_version}, the worker runs "
            f"{engine.VERSION}: ask again."
        )
    if not find_blob(explanation.recording.blob).is_file():
        raise engine.EngineError(
            f'The file of "{explanation.recording.title}" is no longer in the store.'
        )


def open_work_folder(explanation: Explanation) -> tempfile.TemporaryDirectory[str]:
    """A folder of this attempt; what a killed attempt left behind goes away."""
    base = Path(settings.FILE_UPLOAD_TEMP_DIR)
    prefix = f"explanation-{explanation.pk}-"
    for abandoned in base.glob(f"{prefix}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    return tempfile.TemporaryDirectory(dir=base, prefix=prefix, ignore_cleanup_errors=True)


def find_answers(explanation: Explanation) -> Path:
    """Where this explanation's model answers are kept: the next attempt goes on from them."""
    return Path(settings.FILE_UPLOAD_TEMP_DIR) / f"answers-{explanation.pk}"


def make_outcome(explanation: Explanation, folder: Path) -> Outcome:
    other = explanation.other_recording
    with Heartbeat(partial(renew_lease, explanation)) as heartbeat:
        manifest = engine.explain_recording(
            path=find_blob(explanation.recording.blob),
            other_path=find_blob(other.blob) if other else None,
            recipe=explanation.recipe,
            out_dir=folder,
            device=explanation.device,
            dtype=explanation.dtype,
            progress=heartbeat.note_progress,
            is_cancelled=lambda: heartbeat.is_lost() or stopping.is_set(),
            answers=find_answers(explanation),
        )
        return publish_outcome(explanation, manifest, folder)


def finish_explanation(*, explanation: Explanation, outcome: Outcome, seconds: float) -> bool:
    """Write the result down if the lease is still ours; the clips' files are in the store."""
    with write_transaction():
        n_finished = held(explanation).update(
            state=State.DONE,
            lease="",
            lease_until=None,
            progress_done=F("progress_total"),
            manifest=outcome.manifest,
            figures=outcome.figures,
            arrays_blob=outcome.arrays_blob,
            seconds=seconds,
            finished_at=timezone.now(),
        )
        if n_finished:
            Clip.objects.bulk_create(outcome.clips)
    return bool(n_finished)


def drop_answers(explanation: Explanation) -> None:
    shutil.rmtree(find_answers(explanation), ignore_errors=True)


def fail_explanation(*, explanation: Explanation, sentence: str) -> None:
    drop_answers(explanation)
    with write_transaction():
        held(explanation).update(
            state=State.FAILED,
            lease="",
            lease_until=None,
            error=sentence[:500],
            finished_at=timezone.now(),
        )


def release_explanation(*, explanation: Explanation) -> None:
    """Put back what was stopped on purpose: it waits again, and the attempt does not count."""
    with write_transaction():
        held(explanation).update(
            state=State.QUEUED,
            lease="",
            lease_until=None,
            attempts=F("attempts") - 1,
            progress_done=0,
            woken_at=None,
        )


def reap_explanations() -> int:
    """Find work that got lost with a worker or a message, and tell a worker about it."""
    for explanation in find_abandoned():
        reclaim_explanation(explanation)
    now = timezone.now()
    due = (
        Explanation.objects.filter(state=State.QUEUED)
        .filter(Q(woken_at=None) | Q(woken_at__lt=now - WAKE_AGAIN))
        .order_by("created_at", "pk")
        .values_list("pk", flat=True)[:MAX_WOKEN_AT_ONCE]
    )
    n_woken = 0
    for pk in list(due):
        Explanation.objects.filter(pk=pk).update(woken_at=now)
        if not publish_wake(pk):
            break
        n_woken += 1
    return n_woken


def find_abandoned() -> list[Explanation]:
    running = Explanation.objects.filter(state=State.RUNNING)
    now = timezone.now()
    return [row for row in running if row.lease_until < now or is_holder_dead(row.lease)]


def reclaim_explanation(explanation: Explanation) -> None:
    """A third death is the last: what kills every worker is not given to a fourth."""
    given_up = explanation.attempts >= settings.MAX_ATTEMPTS
    changes = {"state": State.QUEUED, "progress_done": 0, "woken_at": None}
    if given_up:
        changes = {
            "state": State.FAILED,
            "finished_at": timezone.now(),
            "error": f"The worker died {explanation.attempts} times over this explanation, "
            "perhaps for want of memory. Try a shorter excerpt or fewer components.",
        }
    with write_transaction():
        # The same end of lease as was read: a holder that renewed in between keeps its work.
        n_changed = (
            held(explanation)
            .filter(lease_until=explanation.lease_until)
            .update(lease="", lease_until=None, **changes)
        )
    if n_changed and given_up:
        drop_answers(explanation)
    if n_changed:
        logger.warning(
            "explanation %s: its worker is gone, %s",
            explanation.pk,
            "given up" if given_up else "queued again",
        )
