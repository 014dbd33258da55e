"""What has to be in order before the web server starts: tables, static files, models.

Run as a process of its own; the answer goes as JSON to the file descriptor named last.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
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
        collect_static()
        call_command("sync_models")
    except (ImproperlyConfigured, CommandError, SystemCheckError) as error:
        return {"error": str(error)}
    except DatabaseError as error:
        return {"error": f"The database must be reachable by DATABASE_URL: {error}"}
    return {"needs_demo": is_without_studies(), "sign_in_link": make_link(base_url)}


def collect_static() -> None:
    """Hash and compress the static files, which takes seconds, only when one of them changed."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = Path(settings.STATIC_ROOT) / ".collected"
    digest = digest_static()
    if not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest, encoding="ascii")


def digest_static() -> str:
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = os.stat(storage.path(name))
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


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
