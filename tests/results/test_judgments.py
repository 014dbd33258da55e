"""The table of judgments on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evalsite.responses.models import Response
from evalsite.results.tables.frames import ratings_frame
from tests import factories


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [0, 23])
def test_day_of_an_answer_is_that_of_utc(hour: int):
    study = factories.make_open_study()
    factories.make_sitting(study)
    Response.objects.update(answered_at=datetime(2026, 3, 1, hour, 30, tzinfo=UTC))

    assert set(ratings_frame(study)["answered_on"]) == {"2026-03-01"}
