"""Reading the researcher's file of Gold-MSI items: CSV or YAML, as the protocol takes them."""

from __future__ import annotations

import csv
import io

import yaml

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.gold_msi import HIGHEST, ITEMS

# In the column of numbers: the row whose answers hold for every item without its own.
ALL = "all"
ANSWERS = tuple(f"answer_{step}" for step in range(1, HIGHEST + 1))
COLUMNS = ("number", "text", *ANSWERS)


def read_items(text: str, *, is_csv: bool) -> dict[str, object]:
    """`labels` and `items` of the protocol's goldmsi; the part itself checks them."""
    return _read_csv(text) if is_csv else _read_yaml(text)


def _read_yaml(text: str) -> dict[str, object]:
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place is not None else ""
        raise EarwitnessError(f"The items must be CSV or YAML; reading stopped{where}.") from error
    return dict(reading.read_mapping(data, "items", keys=("labels", "items")))


def _read_csv(text: str) -> dict[str, object]:
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    names = tuple(rows.fieldnames or ())
    for name in COLUMNS[:2]:
        if name not in names:
            raise EarwitnessError(f"The items must have a column {name}, got {', '.join(names)}.")
    for name in names:
        if name not in COLUMNS:
            raise EarwitnessError(
                f"The items may have the columns {', '.join(COLUMNS)}, got {name!r}."
            )
    labels: list[str] = []
    items = []
    for row in rows:
        where = f"line {rows.line_num}"
        if None in row:
            raise EarwitnessError(f"{where} of the items must have {len(names)} cells, got more.")
        answers = _read_answers(row, where)
        if (row["number"] or "").strip() == ALL:
            labels = answers
        else:
            number = _read_number(row["number"], where)
            items.append({"number": number, "text": row["text"] or "", "labels": answers})
    return {"labels": labels, "items": items}


def _read_answers(row: dict[str, str], where: str) -> list[str]:
    """All seven or none."""
    given = [(row.get(name) or "").strip() for name in ANSWERS]
    if any(given) and not all(given):
        raise EarwitnessError(
            f"{where} of the items must name all {HIGHEST} answers or none, "
            f"got {sum(map(bool, given))}."
        )
    return given if any(given) else []


def _read_number(cell: str | None, where: str) -> int:
    text = (cell or "").strip()
    if not (text.isascii() and text.isdecimal() and int(text) in ITEMS):
        raise EarwitnessError(
            f"{where} of the items must begin with a number from {ITEMS[0]} to {ITEMS[-1]} "
            f"or {ALL}, got {text!r}."
        )
    return int(text)
