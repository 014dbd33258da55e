"""Beginning: a link and a press of a button become a sitting, once however often it is sent."""

from __future__ import annotations

import secrets
from dataclasses import asdict

from evalsite.common.errors import NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.responses.models import Invitation, Participant, Recruit, Sitting
from evalsite.responses.panels import Visitor
from evalsite.responses.queries import Entrance, hash_cookie
from evalsite.responses.services import resume_sitting
from evalsite.studies.design import derive_seed
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of


class InvitationSpent(NotAllowedNow):
    """A single-use invitation that was used, or taken back."""


def begin_sitting(
    *, entrance: Entrance, key: str = "", visitor: Visitor | None = None
) -> tuple[Sitting, str]:
    """A sitting and the value of its cookie, which is kept as a hash only.

    `key` is of the form that was sent: sent again it leads to the sitting that it began. So does
    a panel's visitor who comes again.
    """
    cookie = secrets.token_urlsafe(32)
    with write_transaction():
        study = Study.objects.select_for_update(no_key=True).get(pk=entrance.study.pk)
        if not Entrance(study, entrance.is_pilot).is_live:
            raise NotAllowedNow("This study is not open.")
        begin_hash = hash_cookie(key) if key else None
        known = find_begun(study, entrance, begin_hash, visitor)
        if known is not None:
            return known, resume_sitting(sitting=known)
        participant = Participant.objects.create(study=study)
        sitting = Sitting(
            study=study,
            participant=participant,
            is_pilot=entrance.is_pilot,
            begin_hash=begin_hash,
            cookie_hash=hash_cookie(cookie),
            seed=derive_seed(protocol_of(study).seed, participant.pseudonym),
        )
        if entrance.invitation is not None:
            use_invitation(sitting, entrance.invitation)
        sitting.save()
        if visitor is not None:
            Recruit.objects.create(
                study=study, sitting=sitting, is_pilot=entrance.is_pilot, **asdict(visitor)
            )
    return sitting, cookie


def find_begun(
    study: Study, entrance: Entrance, begin_hash: str | None, visitor: Visitor | None
) -> Sitting | None:
    sittings = study.sittings.filter(is_pilot=entrance.is_pilot)
    if visitor is not None:
        return sittings.filter(recruit__person=visitor.person).first()
    return sittings.filter(begin_hash=begin_hash).first() if begin_hash else None


def use_invitation(sitting: Sitting, invitation: Invitation) -> None:
    """Of many who come at once one finds it open."""
    still_open = Invitation.objects.filter(pk=invitation.pk, state=Invitation.State.OPEN)
    if not still_open.update(state=Invitation.State.USED):
        raise InvitationSpent("An invitation must be unused to begin by it, this one is not.")
    sitting.invitation, sitting.group = invitation, invitation.group
