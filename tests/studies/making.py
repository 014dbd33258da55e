"""Drafts as the service makes them."""

from __future__ import annotations

from evalsite.studies.models import Study
from evalsite.studies.services import create_study
from tests.factories import make_explanation, make_recording, make_user


def make_draft(owner=None, *, n_recordings: int = 3, title: str = "A study", **options) -> Study:
    owner = owner or make_user()
    explanations = [
        make_explanation(make_recording(owner, f"Piece {n + 1}")) for n in range(n_recordings)
    ]
    return create_study(owner=owner, title=title, explanations=explanations, **options)
