"""The headphone checks of a sitting: which round is next, its answer, what becomes of it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from evalsite.common.blobs import find_blob
from evalsite.common.errors import NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.responses.coverage import TOLERANCE_SECONDS, count_missing_seconds
from evalsite.responses.flow import accepts_answers
from evalsite.responses.models import CheckRound, Sitting
from evalsite.responses.payload import PayloadError, Submission
from evalsite.responses.services import (
    AnsweredBefore,
    NotHeardYet,
    SittingEnded,
    pass_page,
    screen_out,
)
from evalsite.studies.checks import publish_rounds, registry
from evalsite.studies.checks.base import N_CHOICES
from evalsite.studies.design import derive_seed
from evalsite.studies.parts.checks import END, Check, checks_of
from evalsite.studies.queries import protocol_of

SIGNAL = "A"


def list_checks(sitting: Sitting) -> tuple[Check, ...]:
    return checks_of(protocol_of(sitting.study))


def has_passed(rounds: Iterable[CheckRound]) -> bool:
    """Whether the rounds of one attempt reach the mark."""
    rounds = list(rounds)
    n_right = sum(one.answer == one.key for one in rounds)
    return bool(rounds) and n_right >= registry.get(rounds[0].kind).pass_mark


def find_outcome(sitting: Sitting, check: Check) -> str:
    """passed, failed, or open: what is answered decides, and nothing else is stored."""
    rounds = sitting.check_rounds.filter(kind=check.kind)
    return judge_rounds(rounds, n_attempts=check.attempts)


def judge_rounds(rounds: Iterable[CheckRound], *, n_attempts: int) -> str:
    """passed, failed, or open, from all rounds of one sitting and check."""
    rounds = list(rounds)
    attempts = [[one for one in rounds if one.attempt == k + 1] for k in range(n_attempts)]
    for attempt in attempts:
        if not attempt or any(one.answer is None for one in attempt):
            return "open"
        if has_passed(attempt):
            return "passed"
    return "failed"


def find_check(sitting: Sitting) -> Check | None:
    """The check that is open now."""
    checks = list_checks(sitting)
    return next((one for one in checks if find_outcome(sitting, one) == "open"), None)


def open_checks(*, sitting: Sitting) -> CheckRound | None:
    """The round that is next, or None between two attempts; the first attempt lays itself out."""
    check = find_check(sitting)
    if check is None:
        return None
    if not sitting.check_rounds.filter(kind=check.kind).exists():
        lay_out_attempt(sitting=sitting, check=check)
    rounds = sitting.check_rounds.filter(kind=check.kind, answer__isnull=True)
    return rounds.order_by("attempt", "number").first()


def lay_out_attempt(*, sitting: Sitting, check: Check) -> None:
    """The rounds of the next attempt, in an order of this sitting and attempt; once."""
    files = publish_rounds(check.kind, measure_level(sitting.study.piece_blob))
    with write_transaction():
        Sitting.objects.select_for_update().get(pk=sitting.pk)
        known = sitting.check_rounds.filter(kind=check.kind)
        attempt = 1 + (known.order_by("-attempt").values_list("attempt", flat=True).first() or 0)
        if known.filter(answer__isnull=True).exists() or attempt > check.attempts:
            return
        rng = np.random.default_rng(derive_seed(sitting.seed, f"{check.kind} {attempt}"))
        order = registry.get(check.kind)().choose_rounds([answer for _, answer, _ in files], rng)
        CheckRound.objects.bulk_create(
            CheckRound(
                sitting=sitting,
                kind=check.kind,
                attempt=attempt,
                number=number,
                blob=files[i][0],
                key=files[i][1],
                duration=files[i][2],
            )
            for number, i in enumerate(order, start=1)
        )


@lru_cache(maxsize=64)
def measure_level(blob: str) -> float:
    """LUFS of the piece that set the volume, to a tenth: nothing of a check is louder."""
    # Slow imports: only the first listener of a study needs them.
    import pyloudnorm
    import soundfile

    y, sr = soundfile.read(io.BytesIO(find_blob(blob).read_bytes()))
    return round(float(pyloudnorm.Meter(sr).integrated_loudness(y)), 1)


def stamp_round(*, check_round: CheckRound) -> None:
    """When it was first shown."""
    with write_transaction():
        shown = CheckRound.objects.filter(pk=check_round.pk, presented_at__isnull=True)
        shown.update(presented_at=timezone.now())


def submit_round(*, sitting: Sitting, name: str, submission: Submission) -> CheckRound:
    """Store the answer of a round once; after the last one say what becomes of the sitting."""
    with write_transaction():
        locked = Sitting.objects.select_for_update().select_related("study").get(pk=sitting.pk)
        check_round = locked.check_rounds.filter(name=name).first()
        if check_round is None:
            raise Http404("There is no such round.")
        if check_round.answer is None:
            _store_round(locked, check_round, submission)
        elif check_round.idempotency_key != submission.key:
            raise AnsweredBefore(
                _("This round has been answered already; the first answer counts.")
            )
    settle_checks(sitting=sitting)
    return check_round


def _store_round(sitting: Sitting, check_round: CheckRound, submission: Submission) -> None:
    if sitting.state != Sitting.State.AGREED or not accepts_answers(sitting):
        raise SittingEnded(_("This study no longer takes answers."))
    current = open_checks(sitting=sitting)
    if current is None or current.pk != check_round.pk or check_round.presented_at is None:
        raise NotAllowedNow(_("Another page comes first."))
    check_round.answer = _read_choice(submission.answer)
    _check_heard(check_round, submission)
    check_round.idempotency_key = submission.key
    check_round.answered_at = timezone.now()
    check_round.record = {
        "heard": submission.heard,
        "n_plays": submission.n_plays,
        "n_focus_losses": submission.n_focus_losses,
        "elapsed_ms": submission.elapsed_ms,
        "device": submission.device,
        "events": submission.events,
    }
    check_round.save()


def _read_choice(answer: object) -> int:
    choice = answer.get("choice") if isinstance(answer, dict) and len(answer) == 1 else None
    if type(choice) is not int or not 1 <= choice <= N_CHOICES:
        raise PayloadError(
            "choice",
            f"answer must hold choice, a whole number from 1 to {N_CHOICES}, "
            f"got {ascii(answer)[:40]}.",
        )
    return choice


def _check_heard(check_round: CheckRound, submission: Submission) -> None:
    duration = check_round.duration
    missing = count_missing_seconds(submission.heard.get(SIGNAL, []), duration, needed=duration)
    elapsed = (timezone.now() - check_round.presented_at).total_seconds()  # type: ignore[operator]
    if missing or elapsed < duration - TOLERANCE_SECONDS:
        raise NotHeardYet(
            _("The round must be heard to its end, which takes %(seconds)s seconds.")
            % {"seconds": f"{duration:.1f}"}
        )


def settle_checks(*, sitting: Sitting) -> None:
    """End the sitting if a check that ends it failed; go on when no check is open any more."""
    checks = list_checks(sitting)
    outcomes = {check.kind: find_outcome(sitting, check) for check in checks}
    if any(check.fail == END and outcomes[check.kind] == "failed" for check in checks):
        screen_out(sitting=sitting)
    elif "open" not in outcomes.values():
        pass_page(sitting=sitting, name="checks")


def describe_round(check_round: CheckRound | None) -> dict[str, object] | None:
    """For a program that takes the sitting: all that the page says, as data."""
    if check_round is None:
        return None
    signal = {
        "label": SIGNAL,
        "url": reverse("check_sound", args=[check_round.name]),
        "duration": check_round.duration,
    }
    return {
        "name": check_round.name,
        "kind": check_round.kind,
        "attempt": check_round.attempt,
        "number": check_round.number,
        "signals": [signal],
        "answer_url": reverse("check_answer", args=[check_round.name]),
    }
