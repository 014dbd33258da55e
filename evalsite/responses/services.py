"""Writes of a sitting: begin, agree or decline, pass a page, show a trial, answer it, move on."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from django.http import Http404
from django.utils import timezone

from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.responses.coverage import TOLERANCE_SECONDS, count_missing_seconds
from evalsite.responses.flow import accepts_answers, find_next_trial
from evalsite.responses.models import Participant, PlayEvent, Response, Sitting, Trial
from evalsite.responses.payload import PayloadError, Submission
from evalsite.responses.queries import Invitation, hash_cookie
from evalsite.studies.design import derive_seed, latin_square, least_filled, order_trials
from evalsite.studies.models import Arm, Item, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of
from evalsite.studies.trial_types import make_trial_type

logger = logging.getLogger(__name__)


class NotHeardYet(EarwitnessError):
    """The answer came before the clip can have been heard."""

    status = 422


class AnsweredBefore(NotAllowedNow):
    """Another answer to this trial was stored first; it stays."""


class SittingEnded(NotAllowedNow):
    """The study no longer takes answers from this sitting."""


@dataclass(frozen=True)
class Receipt:
    """What the server keeps of an answer, and whether this request stored it."""

    response: Response
    is_new: bool


def begin_sitting(*, invitation: Invitation) -> tuple[Sitting, str]:
    """A new sitting and the value of its cookie, which is kept as a hash only."""
    cookie = secrets.token_urlsafe(32)
    with write_transaction():
        if not invitation.is_live:
            raise NotAllowedNow("This study is not open.")
        pseudonym = f"p-{secrets.token_hex(6)}"
        participant = Participant.objects.create(study=invitation.study, pseudonym=pseudonym)
        sitting = Sitting.objects.create(
            study=invitation.study,
            participant=participant,
            is_pilot=invitation.is_pilot,
            cookie_hash=hash_cookie(cookie),
            seed=derive_seed(protocol_of(invitation.study).seed, pseudonym),
        )
    return sitting, cookie


def resume_sitting(*, sitting: Sitting) -> str:
    """A new cookie for another device. The one before no longer opens the sitting."""
    cookie = secrets.token_urlsafe(32)
    with write_transaction():
        sitting = _lock_sitting(sitting)
        sitting.cookie_hash = hash_cookie(cookie)
        sitting.save(update_fields=("cookie_hash",))
        PlayEvent.objects.create(sitting=sitting, kind="resumed")
    return cookie


def decline_consent(*, sitting: Sitting) -> None:
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state == Sitting.State.STARTED:
            sitting.state = Sitting.State.DECLINED
            sitting.finished_at = timezone.now()
            sitting.save(update_fields=("state", "finished_at"))


def agree_to_consent(*, sitting: Sitting) -> None:
    """Record the version agreed to, take an arm, lay out the trials. A second time does nothing."""
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state != Sitting.State.STARTED:
            return
        if not accepts_answers(sitting):
            raise SittingEnded("This study is closed.")
        protocol = protocol_of(sitting.study)
        sitting.arm = _take_arm(sitting)
        sitting.state = Sitting.State.AGREED
        sitting.consent_version = protocol.consent.version
        sitting.agreed_at = timezone.now()
        sitting.save(update_fields=("arm", "state", "consent_version", "agreed_at"))
        Trial.objects.bulk_create(_lay_out_trials(sitting, protocol))


def save_background(*, sitting: Sitting, background: dict[str, str]) -> None:
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state == Sitting.State.AGREED and "about" not in sitting.steps:
            sitting.background = background
            sitting.steps = [*sitting.steps, "about"]
            sitting.save(update_fields=("background", "steps"))


def pass_page(*, sitting: Sitting, name: str) -> None:
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state == Sitting.State.AGREED and name not in sitting.steps:
            sitting.steps = [*sitting.steps, name]
            sitting.save(update_fields=("steps",))


def stamp_first_showing(*, trial: Trial) -> None:
    """Set once, by the first showing; later ones change nothing."""
    if trial.presented_at is None:
        with write_transaction():
            shown = Trial.objects.filter(pk=trial.pk, presented_at__isnull=True)
            shown.update(presented_at=timezone.now())


def submit_answer(*, sitting: Sitting, trial_name: str, submission: Submission) -> Receipt:
    """Store an answer once. Its key says whether a second request is the same answer again.

    An answer that came too late is kept in the event log: that outlives the refusal.
    """
    with write_transaction():
        sitting = _lock_sitting(sitting)
        trials = sitting.trials.select_related("item", "response")
        trial = trials.filter(name=trial_name).first()
        if trial is None:
            raise Http404("There is no such trial.")
        if not hasattr(trial, "response"):
            return Receipt(_store_answer(sitting, trial, submission), is_new=True)
        if trial.response.idempotency_key == submission.key:
            return Receipt(trial.response, is_new=False)
        PlayEvent.objects.create(
            sitting=sitting,
            trial=trial,
            kind="late_answer",
            payload={"key": submission.key, "answer": submission.answer},
            client_ms=submission.elapsed_ms,
        )
    raise AnsweredBefore("This clip has been answered already; the first answer counts.")


def _store_answer(sitting: Sitting, trial: Trial, submission: Submission) -> Response:
    if sitting.state != Sitting.State.AGREED or not accepts_answers(sitting):
        raise SittingEnded("This study no longer takes answers.")
    protocol = protocol_of(sitting.study)
    current = find_next_trial(sitting, protocol)
    if current is None or current.pk != trial.pk or trial.presented_at is None:
        raise NotAllowedNow("Another page comes first.")
    shown = trial.snapshot["shown"]
    form = make_trial_type(trial.trial_type, shown).answer_form(submission.answer)
    if not form.is_valid():
        field, message = next(iter(form.errors.items()))
        raise PayloadError(field, message)
    _check_heard(trial, submission)
    response = Response.objects.create(
        trial=trial,
        idempotency_key=submission.key,
        answer=form.cleaned,
        elapsed_ms=submission.elapsed_ms,
        heard=submission.heard,
        n_plays=submission.n_plays,
    )
    PlayEvent.objects.create(
        sitting=sitting,
        trial=trial,
        kind="answer",
        payload={"events": submission.events},
        client_ms=submission.elapsed_ms,
    )
    if find_next_trial(sitting, protocol) is None:
        sitting.state = Sitting.State.FINISHED
        sitting.finished_at = timezone.now()
        sitting.save(update_fields=("state", "finished_at"))
        logger.info("sitting %s finished", sitting.pk)
    return response


def _check_heard(trial: Trial, submission: Submission) -> None:
    """The gate: all of it by the browser's account, and long enough by the server's clock."""
    duration = trial.item.duration
    missing = count_missing_seconds(submission.heard, duration)
    if missing:
        raise NotHeardYet(
            f"A clip must be heard once to its end, {missing:.1f} seconds of {duration:.1f} "
            "are missing."
        )
    elapsed = (timezone.now() - trial.presented_at).total_seconds()
    if elapsed < duration - TOLERANCE_SECONDS:
        raise NotHeardYet(
            f"A clip of {duration:.1f} seconds must have been open that long, "
            f"it was for {elapsed:.1f}."
        )


def _lock_sitting(sitting: Sitting) -> Sitting:
    locked = Sitting.objects.select_for_update().filter(pk=sitting.pk).first()
    if locked is None:
        raise Http404("This sitting was deleted.")
    # Read after the lock: a study that closed meanwhile is seen as closed.
    locked.study = Study.objects.get(pk=locked.study_id)
    return locked


def _take_arm(sitting: Sitting) -> Arm:
    """The least-filled row, all rows locked. Pilots take turns and leave the counts alone."""
    arms = list(Arm.objects.select_for_update().filter(study=sitting.study_id).order_by("row"))
    if sitting.is_pilot:
        n_pilots = sitting.study.sittings.filter(is_pilot=True, arm__isnull=False).count()
        return arms[n_pilots % len(arms)]
    arm = arms[least_filled([arm.n_taken for arm in arms])]
    arm.n_taken += 1
    arm.save(update_fields=("n_taken",))
    return arm


def _lay_out_trials(sitting: Sitting, protocol: Protocol) -> list[Trial]:
    """Practice first, then one clip of each recording in the order of the sitting's seed."""
    items = list(sitting.study.items.order_by("number"))
    chosen = [item for item in items if item.is_practice]
    by_recording: dict[int, dict[str, Item]] = {}
    for item in items:
        if not item.is_practice:
            by_recording.setdefault(item.recording_id, {})[item.condition] = item
    recordings = list(by_recording.values())
    row = latin_square(len(protocol.conditions), len(recordings))[sitting.arm.row]
    for j in order_trials(len(recordings), sitting.seed):
        chosen.append(recordings[j][protocol.conditions[row[j]]])
    trial_type = protocol.make_trial_type()
    return [
        Trial(
            sitting=sitting,
            item=item,
            position=position,
            is_practice=item.is_practice,
            trial_type=protocol.trial_type,
            trial_type_version=trial_type.version,
            snapshot={
                "question": protocol.question,
                "intro": protocol.intro,
                "shown": trial_type.shown(),
                "duration": item.duration,
                "clip_sha256": item.blob,
                "min_heard": protocol.min_heard,
            },
        )
        for position, item in enumerate(chosen)
    ]
