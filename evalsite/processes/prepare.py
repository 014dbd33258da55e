"""What has to be in order before the web server starts: tables, static files, models.

Run as a process of its own; the answer goes as JSON to the file descriptor named last.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def prepare(base_url: str) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError, call_command
    from django.core.management.base import SystemCheckError
    from django.db import DatabaseError

    try:
        django.setup()
        call_command("migrate", interactive=False, verbosity=1)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("sync_models")
    except (ImproperlyConfigured, CommandError, SystemCheckError) as error:
        return {"error": str(error)}
    except DatabaseError as error:
        return {"error": f"The database must be reachable by DATABASE_URL: {error}"}
    return {"needs_demo": is_without_studies(), "sign_in_link": make_link(base_url)}


def is_without_studies() -> bool:
    from django.apps import apps

    return not apps.get_model("studies", "Study").objects.exists()


def make_link(base_url: str) -> str:
    from io import StringIO

    from django.core.management import call_command

    answer = StringIO()
    call_command("sign_in_link", base_url=base_url, stdout=answer)
    return answer.getvalue().strip().splitlines()[-1]


def main() -> int:
    base_url, descriptor = sys.argv[1], int(sys.argv[2])
    answer = prepare(base_url)
    with os.fdopen(descriptor, "w", encoding="utf-8") as channel:
        json.dump(answer, channel)
    return 2 if "error" in answer else 0


if __name__ == "__main__":
    sys.exit(main())
