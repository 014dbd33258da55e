"""Who was invited, who came, who stayed."""

from __future__ import annotations

import pytest

from evalsite.responses.beginning import begin_sitting
from evalsite.responses.invitations import make_invitations, revoke_invitation
from evalsite.responses.queries import Entrance
from evalsite.results.findings import findings_of
from evalsite.results.pages.flow import list_steps
from tests import factories

pytestmark = pytest.mark.django_db


def list_rows(study) -> list[tuple[str, int]]:
    return [(step["label"], step["n"]) for step in list_steps(findings_of(study))]


def test_flow_begins_with_the_invited():
    study = factories.make_open_study()
    first, second, third, _, _ = make_invitations(study=study, n=5)
    for invitation in (first, second):
        begin_sitting(entrance=Entrance(study, is_pilot=False, invitation=invitation))
    revoke_invitation(invitation=third)
    factories.make_sitting(study)

    assert list_rows(study)[:6] == [
        ("Invited, one link each", 5),
        ("Link taken back", 1),
        ("Did not come", 2),
        ("Came by the shared link", 1),
        ("Opened the study", 3),
        ("Agreed", 1),
    ]


def test_a_new_invitation_makes_the_old_flow_go():
    study = factories.make_open_study()
    assert list_rows(study)[0] == ("Opened the study", 0)
    make_invitations(study=study, n=2)
    assert list_rows(study)[:2] == [("Invited, one link each", 2), ("Did not come", 2)]
