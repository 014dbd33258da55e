"""Print a one-time sign-in link; make the researcher's account if there is none."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandParser

from evalsite.common.sign_in import make_sign_in_path


class Command(BaseCommand):
    help = "Print a one-time sign-in link for a researcher."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", default="researcher")
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")

    def handle(self, *args, user: str, base_url: str, **options) -> None:
        researcher, is_new = get_user_model().objects.get_or_create(
            username=user, defaults={"is_staff": True, "is_superuser": True}
        )
        if is_new:
            researcher.set_unusable_password()
            researcher.save(update_fields=["password"])
        self.stdout.write(base_url.rstrip("/") + make_sign_in_path(researcher))
