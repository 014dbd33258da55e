"""Write a closed study's data set into a file."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evalsite.common.errors import EarwitnessError
from evalsite.results.exporters import registry
from evalsite.results.pages.wording import count_things
from evalsite.results.services import make_export
from evalsite.studies.models import Study


class Command(BaseCommand):
    help = "Write a closed study's data set into a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the study's short name, as in its address")
        parser.add_argument("--format", default="csv_zip", help=", ".join(registry.names()))
        parser.add_argument("--out", type=Path, required=True, help="the file to write")

    def handle(self, *, slug: str, format: str, out: Path, **options: Any) -> None:
        study = Study.objects.filter(slug=slug).first()
        if study is None:
            raise CommandError(f"SLUG must name a study, there is none called {slug!r}.")
        if not out.parent.is_dir():
            raise CommandError(f"--out must lie in a folder that exists, got {out}.")
        unfinished = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            with open(unfinished, "w+b") as file:
                export = make_export(study=study, format=format, file=file)
            os.replace(unfinished, out)
        except EarwitnessError as error:
            raise CommandError(str(error)) from error
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(
            f"{out}: {count_things(export.n_ratings, 'judgment')} of "
            f"{count_things(export.n_participants, 'participant')}, "
            f"{export.n_bytes} bytes, sha256 {export.sha256}"
        )
