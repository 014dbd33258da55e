"""Make a draft from a protocol file whose sources name explanations by their ids."""

from __future__ import annotations

from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import Http404

from evalsite.common.errors import EarwitnessError
from evalsite.studies.protocol import parse_protocol
from evalsite.studies.services import create_study_from_protocol

MAX_BYTES = 2**20


class Command(BaseCommand):
    help = "Make a draft study from a protocol (YAML or JSON) with explanations by id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--owner", help="name of the researcher; needed if there are several")

    def handle(self, *args: object, file: Path, owner: str | None, **options: object) -> None:
        try:
            protocol = parse_protocol(read_text(file))
            study = create_study_from_protocol(owner=find_owner(owner), protocol=protocol)
        except EarwitnessError as error:
            raise CommandError(str(error)) from error
        except Http404 as error:
            ids = ", ".join(str(source.explanation) for source in protocol.sources)
            raise CommandError(
                f"Each explanation must exist and belong to the owner, got {ids}."
            ) from error
        self.stdout.write(f"Made the draft {study.slug}.")


def read_text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CommandError(f"A protocol must have {MAX_BYTES} bytes or fewer.")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"A protocol must be UTF-8, {file} is not.") from error


def find_owner(name: str | None):
    users = get_user_model().objects.filter(is_active=True)
    if name is not None:
        users = users.filter(username=name)
    found = list(users[:2])
    if len(found) != 1:
        known = ", ".join(get_user_model().objects.values_list("username", flat=True)) or "nobody"
        raise CommandError(f"--owner must name one researcher ({known}), got {name!r}.")
    return found[0]
