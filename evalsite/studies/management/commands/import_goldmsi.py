"""Put the Gold-MSI, in the wording of a file of yours, into a protocol file."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evalsite.common.errors import EarwitnessError
from evalsite.studies.gold_msi import SCALES, list_scales
from evalsite.studies.goldmsi_items import read_items
from evalsite.studies.management.commands.import_study import read_text
from evalsite.studies.person_questions import AFTER, BEFORE
from evalsite.studies.protocol import read_protocol


class Command(BaseCommand):
    help = (
        "Put the items of the Gold-MSI from a file (CSV or YAML) into a protocol file. "
        "The wording is its authors': use the version that you may use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("items", type=Path, help="number, text, and words for the answers")
        parser.add_argument("protocol", type=Path, help="protocol file (YAML or JSON)")
        parser.add_argument("--out", type=Path, help="where to write; else the protocol's file")
        parser.add_argument("--when", choices=(BEFORE, AFTER), default=BEFORE)

    def handle(
        self,
        *args: object,
        items: Path,
        protocol: Path,
        out: Path | None,
        when: str,
        **rest: object,
    ) -> None:
        is_csv = items.suffix.lower() == ".csv"
        try:
            given = {"when": when, **read_items(read_text(items), is_csv=is_csv)}
            changed = read_protocol({**_read_mapping(protocol), "goldmsi": given})
        except EarwitnessError as error:
            raise CommandError(str(error)) from error
        file = out or protocol
        try:
            file.write_text(changed.to_yaml(), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        numbers = [item["number"] for item in changed.to_dict()["goldmsi"]["items"]]
        scales = ", ".join(name.replace("_", " ") for name in list_scales(numbers))
        self.stdout.write(
            f"{len(numbers)} items in {file}; complete: {scales} "
            f"({len(list_scales(numbers))} of {len(SCALES)} scales)."
        )


def _read_mapping(file: Path) -> dict[str, object]:
    """The protocol's data as they are: a file of format 1 gets format 2 by the way."""
    try:
        data = yaml.safe_load(read_text(file))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CommandError(f"{file} must be a protocol in YAML or JSON.") from error
    if not isinstance(data, dict):
        raise CommandError(f"{file} must be a protocol in YAML or JSON.")
    return read_protocol(data).to_dict()
