"""Take in every sound file of a folder and the folders below it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from evalsite.clips.services import store_recording
from evalsite.common.errors import EarwitnessError

SUFFIXES = {".wav", ".flac", ".ogg", ".mp3"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--owner", default="researcher", help="user name [researcher]")

    def handle(self, *args: Any, folder: Path, owner: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=owner).first()
        if user is None:
            raise CommandError(f'--owner must be the name of a user, there is no "{owner}".')
        if not folder.is_dir():
            raise CommandError(f'The argument must be a folder, "{folder}" is none.')
        counts = {"new": 0, "known": 0, "refused": 0}
        for path in find_sound_files(folder):
            counts[self.take_in(user, path)] += 1
        self.stdout.write(
            f"{counts['new']} added, {counts['known']} already there, {counts['refused']} refused."
        )

    def take_in(self, user: Any, path: Path) -> str:
        try:
            recording, is_new = store_recording(owner=user, path=path, file_name=path.name)
        except EarwitnessError as error:
            self.stderr.write(str(error))
            return "refused"
        self.stdout.write(f"{recording.title}: {recording.duration:.1f} s")
        return "new" if is_new else "known"


def find_sound_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
