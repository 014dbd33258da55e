"""Writes of a sitting: resume, agree or decline, pass a page, show a trial, answer it, move on."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.responses.coverage import (
    TOLERANCE_SECONDS,
    count_missing_seconds,
    count_needed_seconds,
)
from evalsite.responses.flow import (
    accepts_answers,
    find_end_page,
    find_next_trial,
    is_done,
    list_pages,
)
from evalsite.responses.models import PlayEvent, Response, Sitting, Trial
from evalsite.responses.payload import PayloadError, Submission
from evalsite.responses.places import holds_still, renew_places, take_places
from evalsite.responses.queries import hash_cookie
from evalsite.studies.answers import check_choice
from evalsite.studies.blocks import FAMILIARITY, ONCE
from evalsite.studies.models import Study
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
    """Record the version agreed to. A second time does nothing."""
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state != Sitting.State.STARTED:
            return
        if not accepts_answers(sitting):
            raise SittingEnded(_("This study is closed."))
        protocol = protocol_of(sitting.study)
        sitting.state = Sitting.State.AGREED
        sitting.consent_version = protocol.consent.version
        sitting.agreed_at = sitting.active_at = timezone.now()
        sitting.save(update_fields=("state", "consent_version", "agreed_at", "active_at"))


def save_background(
    *, sitting: Sitting, background: Mapping[str, object], page: str = "about"
) -> None:
    """Keep the answers of a page of questions about the person. A second time does nothing."""
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state == Sitting.State.AGREED and page not in sitting.steps:
            protocol = protocol_of(sitting.study)
            sitting.background = {**sitting.background, **background}
            sitting.group = sitting.group or protocol.find_group(sitting.background)
            sitting.save(update_fields=("background", "group"))
            _pass(sitting, protocol, page)


def pass_page(*, sitting: Sitting, name: str) -> None:
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state == Sitting.State.AGREED and name not in sitting.steps:
            _pass(sitting, protocol_of(sitting.study), name)


def pass_debrief(*, sitting: Sitting) -> None:
    with write_transaction():
        sitting = _lock_sitting(sitting)
        is_finished = sitting.state == Sitting.State.FINISHED
        if is_finished and find_end_page(sitting, protocol_of(sitting.study)) == "debrief":
            sitting.steps = [*sitting.steps, "debrief"]
            sitting.save(update_fields=("steps",))


def screen_out(*, sitting: Sitting) -> None:
    """End a sitting that failed a check of its protocol; its places return."""
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if sitting.state == Sitting.State.AGREED:
            _end(sitting, Sitting.State.SCREENED_OUT)


def give_place_back(*, sitting: Sitting) -> bool:
    """End a sitting whose panel has sent its person away; False: it had ended before."""
    with write_transaction():
        sitting = _lock_sitting(sitting)
        goes_on = sitting.state in (Sitting.State.STARTED, Sitting.State.AGREED)
        if goes_on:
            _end(sitting, Sitting.State.RETURNED)
    return goes_on


def _pass(sitting: Sitting, protocol: Protocol, name: str) -> None:
    """After the last page before the trials the sitting gets its places, or none are left."""
    sitting.steps = [*sitting.steps, name]
    sitting.active_at = timezone.now()
    sitting.save(update_fields=("steps", "active_at"))
    is_ready = all(page in sitting.steps for page in list_pages(protocol))
    if is_ready and sitting.arm_id is None:
        if not take_places(sitting, protocol):
            _end(sitting, Sitting.State.FULL)
    elif sitting.arm_id is not None and is_done(sitting, protocol):
        _end(sitting, Sitting.State.FINISHED)


def _end(sitting: Sitting, state: Sitting.State) -> None:
    sitting.state = state
    sitting.finished_at = timezone.now()
    sitting.save(update_fields=("state", "finished_at"))
    logger.info("sitting %s ended: %s", sitting.pk, state)


def open_trial(*, sitting: Sitting, trial: Trial) -> None:
    """Stamp the first showing; later ones change nothing but that the sitting is active."""
    with write_transaction():
        now = timezone.now()
        Trial.objects.filter(pk=trial.pk, presented_at__isnull=True).update(presented_at=now)
        Sitting.objects.filter(pk=sitting.pk).update(active_at=now)


def return_to_places(*, sitting: Sitting) -> bool:
    """Somebody comes back after the reservation ran out: say whether anything changed for them.

    Places that others took are replaced; without any left the sitting ends.
    """
    protocol = protocol_of(sitting.study)
    if holds_still(sitting, protocol):
        return False
    with write_transaction():
        sitting = _lock_sitting(sitting)
        if holds_still(sitting, protocol) or not accepts_answers(sitting):
            return False
        is_changed = renew_places(sitting, protocol)
        if find_next_trial(sitting) is None:
            answered = sitting.trials.filter(is_practice=False, response__isnull=False)
            if not answered.exists():
                _end(sitting, Sitting.State.FULL)
            elif is_done(sitting, protocol):
                _end(sitting, Sitting.State.FINISHED)
        return is_changed


def find_feedback(response: Response) -> dict[str, object] | None:
    """What the listener may know about a practice or training answer."""
    trial = response.trial
    if not trial.is_practice or not trial.snapshot.get("feedback"):
        return None
    trial_type = make_trial_type(trial.trial_type, trial.snapshot["parameters"])
    return trial_type.feedback(response.answer, trial.snapshot["shown"], trial.key)


def submit_answer(*, sitting: Sitting, trial_name: str, submission: Submission) -> Receipt:
    """Store an answer once. Its key says whether a second request is the same answer again.

    An answer that came too late is kept in the event log: that outlives the refusal.
    """
    with write_transaction():
        sitting = _lock_sitting(sitting)
        trials = sitting.trials.select_related("response")
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
    raise AnsweredBefore(_("This clip has been answered already; the first answer counts."))


def _store_answer(sitting: Sitting, trial: Trial, submission: Submission) -> Response:
    if sitting.state != Sitting.State.AGREED or not accepts_answers(sitting):
        raise SittingEnded(_("This study no longer takes answers."))
    current = find_next_trial(sitting)
    if current is None or current.pk != trial.pk or trial.presented_at is None:
        raise NotAllowedNow(_("Another page comes first."))
    judged = _check_answer(trial, submission)
    response = Response.objects.create(
        trial=trial,
        idempotency_key=submission.key,
        elapsed_ms=submission.elapsed_ms,
        heard=submission.heard,
        n_plays=submission.n_plays,
        n_switches=submission.n_switches,
        n_focus_losses=submission.n_focus_losses,
        device=submission.device,
        **judged,
    )
    PlayEvent.objects.create(
        sitting=sitting,
        trial=trial,
        kind="answer",
        payload={"events": submission.events},
        client_ms=submission.elapsed_ms,
    )
    protocol = protocol_of(sitting.study)
    if is_done(sitting, protocol):
        _end(sitting, Sitting.State.FINISHED)
    elif holds_still(sitting, protocol):
        Sitting.objects.filter(pk=sitting.pk).update(active_at=timezone.now())
    else:
        PlayEvent.objects.create(sitting=sitting, trial=trial, kind="after_reservation")
    return response


def _check_answer(trial: Trial, submission: Submission) -> dict[str, object]:
    """What is stored of the answer, or a refusal."""
    answer, more = submission.answer, {}
    if trial.snapshot["ask_familiarity"] and isinstance(answer, dict):
        more = {"familiarity": answer.get("familiarity")}
        answer = {key: value for key, value in answer.items() if key not in more}
    trial_type = make_trial_type(trial.trial_type, trial.snapshot["parameters"])
    shown = trial.snapshot["shown"]
    form = trial_type.answer_form(answer, shown)
    if more:
        check_choice(form, more, "familiarity", FAMILIARITY)
    if not form.is_valid():
        field, message = next(iter(form.errors.items()))
        raise PayloadError(field, message)
    _check_heard(trial, submission, trial_type.must_hear(shown, form.cleaned))
    n_judgments = len(trial_type.rows(form.cleaned, shown, trial.key))
    return {"answer": form.cleaned, "n_judgments": n_judgments}


def _check_heard(trial: Trial, submission: Submission, labels: list[str]) -> None:
    """The gate: enough of each by the browser's account, and long enough by the server's clock."""
    signals = {signal["label"]: signal for signal in trial.snapshot["signals"]}
    for label in {**submission.heard, **submission.n_plays}:
        if label not in signals:
            raise PayloadError(
                "heard", f"heard may name the signals {', '.join(signals)}, got {label}."
            )
    min_heard, total = trial.snapshot["min_heard"], 0.0
    for label in labels:
        duration = signals[label]["duration"]
        needed = count_needed_seconds(min_heard, duration)
        missing = count_missing_seconds(submission.heard.get(label, []), duration, needed=needed)
        if missing:
            raise NotHeardYet(_say_missing(label, len(signals), min_heard, missing, needed))
        total += needed
    elapsed = (timezone.now() - trial.presented_at).total_seconds()
    if elapsed < total - TOLERANCE_SECONDS * len(labels):
        told = {"total": f"{total:.1f}", "elapsed": f"{elapsed:.1f}"}
        raise NotHeardYet(
            _("Clips of %(total)s seconds must have been open that long, it was for %(elapsed)s.")
            % told
        )


def _say_missing(
    label: str, n_signals: int, min_heard: object, missing: float, needed: float
) -> str:
    name = _("A clip") if n_signals == 1 else _("Clip %(label)s") % {"label": label}
    told = {"clip": name, "missing": f"{missing:.1f}", "needed": f"{needed:.1f}"}
    if min_heard == ONCE:
        return (
            _(
                "%(clip)s must be heard once to its end, %(missing)s seconds of %(needed)s "
                "are missing."
            )
            % told
        )
    return (
        _(
            "%(clip)s must be heard for %(needed)s seconds, %(missing)s seconds of %(needed)s "
            "are missing."
        )
        % told
    )


def _lock_sitting(sitting: Sitting) -> Sitting:
    locked = Sitting.objects.select_for_update().filter(pk=sitting.pk).first()
    if locked is None:
        raise Http404("This sitting was deleted.")
    # Read after the lock: a study that closed meanwhile is seen as closed.
    locked.study = Study.objects.get(pk=locked.study_id)
    return locked
