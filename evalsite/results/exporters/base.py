"""What every export format is: a frozen dataclass that writes a data set into a file."""

from __future__ import annotations

from typing import BinaryIO, ClassVar, Protocol

from evalsite.results.dataset.contents import DataSet


class Exporter(Protocol):
    """Its module's name is the format's name. The same data set gives the same bytes."""

    title: ClassVar[str]
    suffix: ClassVar[str]
    content_type: ClassVar[str]
    # Name and meaning of each part, for the page.
    parts: ClassVar[tuple[tuple[str, str], ...]]

    def __call__(self, dataset: DataSet, file: BinaryIO) -> None: ...
