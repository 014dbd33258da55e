"""A study's judgments as a list that reads only the answers it is asked for."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Any

from evalsite.results.queries import responses_to
from evalsite.results.tables.frames import ratings_columns, ratings_frame
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of


class JudgmentList:
    """Each answer gives as many judgments as its trial type made of it when it was stored."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._columns = [column.name for column in ratings_columns(protocol_of(study))]
        self._responses = responses_to(study)

    @cached_property
    def _ends(self) -> list[int]:
        """After each answer: how many judgments there are so far."""
        return list(accumulate(self._responses.values_list("n_judgments", flat=True)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, wanted: slice) -> list[dict[str, Any]]:
        start, stop, _ = wanted.indices(len(self))
        first = bisect_right(self._ends, start)
        last = bisect_right(self._ends, max(stop - 1, 0)) + 1
        frame = ratings_frame(
            self._study, responses=self._responses[first:last], sort_by_participant=False
        )
        plain = frame[self._columns].astype(object).where(frame.notna(), None)
        skip = start - (self._ends[first - 1] if first else 0)
        return plain.iloc[skip : skip + stop - start].to_dict("records")
