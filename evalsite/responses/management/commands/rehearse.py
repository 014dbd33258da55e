"""Let simulated participants take a study over HTTP, in real time, as pilots unless told else."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from evalsite.responses.queries import Balance, balance_of
from evalsite.responses.rehearsal import ParticipantClient, RehearsalError
from evalsite.studies.models import Study

MAX_AT_ONCE = 8


class Command(BaseCommand):
    help = (
        "Simulated participants take a study over HTTP, listening in real time. They are pilots "
        "and stay out of results, unless --count says that they count."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--participants", type=int, default=1)
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--count", action="store_true", help="use the link for listeners")

    def handle(self, *args: object, slug: str, participants: int, **options: object) -> None:
        study = Study.objects.filter(slug=slug).first()
        if study is None:
            raise CommandError(f"There is no study {slug!r}.")
        if not 1 <= participants <= 10_000:
            raise CommandError(f"--participants must be from 1 to 10000, got {participants}.")
        link = reverse(
            "welcome", args=[study.link_token if options["count"] else study.pilot_token]
        )
        began = time.monotonic()

        def take(number: int) -> int:
            client = ParticipantClient(options["base_url"], seed=options["seed"] + number)
            return len(client.take_sitting(link))

        try:
            with ThreadPoolExecutor(MAX_AT_ONCE) as pool:
                n_answers = sum(pool.map(take, range(participants)))
        except (RehearsalError, OSError) as error:
            raise CommandError(f"The rehearsal stopped: {error}") from error
        seconds = time.monotonic() - began
        self.stdout.write(
            f"{participants} participant{'s' if participants > 1 else ''} gave {n_answers} answers "
            f"in {seconds:.0f} seconds, practice among them."
        )
        self.stdout.write(write_balance(balance_of(study, is_pilot=not options["count"])))


def write_balance(lines: list[Balance]) -> str:
    """Ratings per item as a table: every sitting of the kind, not this rehearsal's alone."""
    rows = [("block", "condition", "items", "answers", "fewest", "most")]
    rows += [tuple(str(value) for value in vars(line).values()) for line in lines]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
