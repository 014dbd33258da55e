"""Single-use invitations: a researcher makes them, hands each to one person, takes some back."""

from __future__ import annotations

from evalsite.common.errors import EarwitnessError, NotAllowedNow
from evalsite.common.transactions import write_transaction
from evalsite.responses.models import Invitation
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of

MAX_AT_ONCE = 1000


def list_groups(study: Study) -> tuple[str, ...]:
    """What the protocol's rule calls its groups: an invitation may be made for one of them."""
    groups = protocol_of(study).groups
    return (groups.inside, groups.outside) if groups else ()


def make_invitations(*, study: Study, n: int, group: str = "") -> list[Invitation]:
    """Numbered on from those there are. Who begins by one of a group is counted in that group."""
    if not 1 <= n <= MAX_AT_ONCE:
        raise EarwitnessError(f"n must be from 1 to {MAX_AT_ONCE}, got {n}.")
    groups = list_groups(study)
    if group and group not in groups:
        raise EarwitnessError(
            f"group must be one of the protocol's ({', '.join(groups) or 'none'}), got {group!r}."
        )
    with write_transaction():
        study = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
        if study.state == Study.State.CLOSED:
            raise NotAllowedNow("A study must not be closed to invite to it.")
        last = study.invitations.order_by("-number").values_list("number", flat=True).first() or 0
        return Invitation.objects.bulk_create(
            Invitation(study=study, number=last + i, group=group) for i in range(1, n + 1)
        )


def revoke_invitation(*, invitation: Invitation) -> None:
    """Take back one that nobody has used; a second time does nothing."""
    with write_transaction():
        Invitation.objects.filter(pk=invitation.pk, state=Invitation.State.OPEN).update(
            state=Invitation.State.REVOKED
        )
        invitation.refresh_from_db()
    if invitation.state == Invitation.State.USED:
        raise NotAllowedNow(
            f"An invitation must be unused to be taken back, number {invitation.number} is used."
        )
