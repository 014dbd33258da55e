"""Withdrawing: whoever holds a sitting's own link takes back what was given in it."""

from __future__ import annotations

import logging
import secrets

from django.http import Http404

from evalsite.common.transactions import write_transaction
from evalsite.responses.models import Participant, Recruit, Response, Sitting, Withdrawal
from evalsite.responses.queries import find_withdrawal, hash_cookie
from evalsite.studies.models import make_token
from evalsite.studies.parts.withdrawal import keeps_answers
from evalsite.studies.queries import protocol_of

logger = logging.getLogger(__name__)


def withdraw_sitting(*, token: str) -> Withdrawal:
    """Delete or anonymise, as the protocol's consent says. A second time does nothing."""
    with write_transaction():
        sitting = Sitting.objects.select_for_update().filter(resume_token=token).first()
        if sitting is None:
            done = find_withdrawal(token)
            if done is None:
                raise Http404("There is no such sitting.")
            return done
        withdrawal = Withdrawal.objects.create(
            study=sitting.study,
            link_hash=hash_cookie(token),
            is_pilot=sitting.is_pilot,
            was_agreed=sitting.agreed_at is not None,
        )
        is_kept = keeps_answers(protocol_of(sitting.study))
        person = sitting.participant
        if is_kept and sitting.trials.filter(response__isnull=False).exists():
            anonymise_sitting(sitting)
        else:
            sitting.delete()
        if not person.sittings.exists():
            person.delete()
    logger.info("a sitting of study %s was withdrawn", withdrawal.study_id)
    return withdrawal


def anonymise_sitting(sitting: Sitting) -> None:
    """Leave the answers to the trials, under a new pseudonym that no link or device leads to."""
    sitting.participant = Participant.objects.create(study=sitting.study)
    sitting.resume_token = make_token()
    sitting.cookie_hash = hash_cookie(secrets.token_urlsafe(32))
    sitting.begin_hash = sitting.invitation = None
    sitting.background = {}
    sitting.save()
    sitting.events.all().delete()
    Recruit.objects.filter(sitting=sitting).delete()
    sitting.check_rounds.update(record={})
    for response in Response.objects.filter(trial__sitting=sitting):
        response.answer = blank_words(response.answer)
        response.device = {}
        response.idempotency_key = secrets.token_hex(8)
        response.save(update_fields=("answer", "device", "idempotency_key"))


def blank_words(answer: dict[str, object]) -> dict[str, object]:
    """An answer without free text: what somebody wrote may tell who it was."""
    words = answer.get("words")
    if isinstance(words, dict):
        return {**answer, "words": dict.fromkeys(words, "")}
    return {**answer, "words": ""} if words else answer
