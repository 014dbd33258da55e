"""What people wrote in the questionnaire and in trials: names may hide in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, ClassVar

from evalsite.results.dataset.contents import DataSet
from evalsite.results.tables.csv import write_frame
from evalsite.results.tables.frames import WORDS_COLUMNS, words_frame


@dataclass(frozen=True)
class Words:
    """Free text as CSV. Read it before you pass it on."""

    title: ClassVar[str] = "Free text (CSV), not for publication"
    suffix: ClassVar[str] = "csv"
    content_type: ClassVar[str] = "text/csv; charset=utf-8"
    parts: ClassVar[tuple[tuple[str, str], ...]] = tuple(
        (column.name, column.meaning) for column in WORDS_COLUMNS
    )

    def __call__(self, dataset: DataSet, file: BinaryIO) -> None:
        file.write(write_frame(words_frame(dataset.study), WORDS_COLUMNS))
