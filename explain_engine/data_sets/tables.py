"""Tables as data sets publish them: byte order marks, stray spaces, empty columns, any delimiter.

Convention: a table is a list of rows, each a dict from cleaned header to stripped text; headers
are lower case, with single spaces, and ``_`` counts as a space.
"""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from explain_engine.errors import EngineError


class DataSetError(EngineError):
    """A data set's files are missing or break their layout."""


def read_table(path: Path, *, required: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a table.

    Parameters
    ----------
    path : pathlib.Path
        A text file; the delimiter of its header (comma, semicolon or tab) is found.
    required : tuple of str
        Headers that must be there, cleaned.

    Returns
    -------
    list of dict
        Rows that are not empty; columns without a header are left out.

    Raises
    ------
    DataSetError
        When the file is missing, is no text, or lacks a column.
    """
    if not path.is_file():
        raise DataSetError(f"A data set must hold {path.name}, {path.parent} does not.")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # titles of the older copies
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    headers = [clean_header(cell) for cell in lines[0]] if lines else []
    missing = [name for name in required if name not in headers]
    if missing:
        raise DataSetError(f"{path.name} must have the column {missing[0]!r}, it has {headers}.")
    rows = []
    for line in lines[1:]:
        if any(cell.strip() for cell in line):
            cells = zip(headers, line, strict=False)
            rows.append({header: cell.strip() for header, cell in cells if header})
    return rows


def clean_header(text: str) -> str:
    """``" Rhythm_Complexity "`` becomes ``"rhythm complexity"``."""
    return " ".join(text.replace("_", " ").split()).lower()


def read_number(text: str, column: str, path: Path) -> float:
    """A cell as a number; empty is NaN.

    Raises
    ------
    DataSetError
        When it is neither.
    """
    if not text:
        return math.nan
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise DataSetError(f"{path.name} must hold numbers in {column!r}, got {text!r}.") from error


def read_rating(text: str, column: str, path: Path) -> float:
    """A rating of 0 to 10, divided by ten.

    Raises
    ------
    DataSetError
        When it is no number or out of range.
    """
    value = read_number(text, column, path)
    if value < 0 or value > 10:
        raise DataSetError(f"{path.name} must hold ratings of 0 to 10 in {column!r}, got {text!r}.")
    return value / 10


def read_track_number(text: str, path: Path) -> int:
    """``"001"``, ``"1"`` and ``"1.0"`` are track 1.

    Raises
    ------
    DataSetError
        When it is no whole number.
    """
    stem = text.removesuffix(".mp3")
    try:
        number = float(stem)
    except ValueError:
        number = math.nan
    if not number.is_integer():
        raise DataSetError(f"{path.name} must number its tracks, got {text!r}.")
    return int(number)


def find_audio(folder: Path, stems: tuple[str, ...]) -> Path:
    """The sound file of a track: the first of `stems` with a known ending.

    Raises
    ------
    DataSetError
        When there is none.
    """
    for stem in stems:
        for ending in (".mp3", ".wav", ".flac", ".ogg"):
            if (folder / f"{stem}{ending}").is_file():
                return folder / f"{stem}{ending}"
    raise DataSetError(f"{folder} must hold the sound of track {stems[0]}, it does not.")
