"""A study's judgments as a list that reads only the answers it is asked for."""

from __future__ import annotations

from typing import Any

from evalsite.results.frames import ratings_columns, ratings_frame
from evalsite.results.queries import responses_to
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of


class JudgmentList:
    """Every answer gives the same number of judgments: one a quality of the frozen protocol."""

    def __init__(self, study: Study) -> None:
        protocol = protocol_of(study)
        self._study = study
        self._columns = [column.name for column in ratings_columns(protocol)]
        self._n_each = len(protocol.make_trial_type().qualities)
        self._responses = responses_to(study)

    def __len__(self) -> int:
        return self._responses.count() * self._n_each

    def __getitem__(self, wanted: slice) -> list[dict[str, Any]]:
        start, stop, _ = wanted.indices(len(self))
        first, last = start // self._n_each, -(-stop // self._n_each)
        frame = ratings_frame(
            self._study, responses=self._responses[first:last], sort_by_participant=False
        )
        plain = frame[self._columns].astype(object).where(frame.notna(), None)
        rows = plain.iloc[start - first * self._n_each : stop - first * self._n_each]
        return rows.to_dict("records")
