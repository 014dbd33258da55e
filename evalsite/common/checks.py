"""System checks for what Django's own checks do not know."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import Error, register


@register("database")
def check_sqlite_options(app_configs, **kwargs):
    database = settings.DATABASES["default"]
    if "sqlite" not in database["ENGINE"]:
        return []
    options = database.get("OPTIONS", {})
    errors = []
    if options.get("transaction_mode") != "IMMEDIATE":
        errors.append(
            Error("SQLite must open transactions as IMMEDIATE, or writers fail.", id="common.E001")
        )
    if "journal_mode=WAL" not in options.get("init_command", ""):
        errors.append(Error("SQLite must run in WAL mode, or readers block.", id="common.E002"))
    return errors
