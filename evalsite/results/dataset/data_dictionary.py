"""The data dictionary, generated from what frames and trial types declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from evalsite.results.dataset.contents import ITEM_COLUMNS
from evalsite.results.dataset.model_tables import HEAD_COLUMNS, OUTPUT_COLUMNS, PROFILE_COLUMNS
from evalsite.results.tables.checked import CHECK_COLUMNS
from evalsite.results.tables.frames import participants_columns, ratings_columns
from evalsite.results.tables.free_text import withhold_columns
from evalsite.results.tables.screening import EXCLUSION_COLUMNS
from evalsite.studies.protocol import Protocol

Tables = Mapping[str, Sequence[Mapping[str, str]]]

TABLES = {
    "ratings.csv": "One row a judgment: one participant, one trial, one quality.",
    "items.csv": "One row a clip that could be heard.",
    "outputs.csv": "One row an output of the model on a clip that could be heard.",
    "heads.csv": "One row a feature that a model weighs and sums to an emotion.",
    "profiles.csv": (
        "One row a frame of an explanation's weight over time, of clips on which spans were marked."
    ),
    "raters.csv": "One row a participant who agreed to take part.",
    "exclusions.csv": "One row for each of the protocol's rules that a participant broke.",
    "checks.csv": "One row a round of a headphone check.",
}


def describe_tables(protocol: Protocol) -> dict[str, list[dict[str, str]]]:
    columns = {
        "ratings.csv": withhold_columns(ratings_columns(protocol)),
        "items.csv": ITEM_COLUMNS,
        "outputs.csv": OUTPUT_COLUMNS,
        "heads.csv": HEAD_COLUMNS,
        "profiles.csv": PROFILE_COLUMNS,
        "raters.csv": participants_columns(protocol),
        "exclusions.csv": EXCLUSION_COLUMNS,
        "checks.csv": CHECK_COLUMNS,
    }
    return {name: [asdict(column) for column in columns[name]] for name in TABLES}


def write_dictionary(tables: Tables) -> str:
    """As Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "CSV after RFC 4180: UTF-8, commas, one line of names. Empty means missing. Text that a "
        "spreadsheet would run as a formula has an apostrophe before it; numbers never have.",
    ]
    for name, columns in tables.items():
        lines += ["", f"## {name}", "", TABLES[name], "", "| column | type | meaning | range |"]
        lines.append("|---|---|---|---|")
        for column in columns:
            cells = (f"`{column['name']}`", column["type"], column["meaning"], column["range"])
            lines.append("| " + " | ".join(_escape(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
