"""Parts of a protocol whose fields are made for them: quotas of groups, sound checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from evalsite.studies import checks
from evalsite.studies.builder.changes import Plain
from evalsite.studies.parts.checks import END, MAX_ATTEMPTS, NOTE

NOT_MADE = "none"
OUTCOMES = (
    (NOT_MADE, "not made"),
    (NOTE, "made, and only noted"),
    (END, "made, and the sitting ends if it is not passed"),
)
Fields = dict[str, forms.Field]


class Quotas:
    @staticmethod
    def make_fields(plain: Plain) -> Fields:
        groups = plain["groups"]
        names = (groups["inside"], groups["outside"]) if groups else ()
        return {
            f"quotas.{name}": forms.IntegerField(
                label=f"Quota of {name}",
                required=False,
                initial=plain["quotas"].get(name),
                help_text="So many listeners; empty: as many as come.",
            )
            for name in names
        }

    @staticmethod
    def read(plain: Plain, given: Mapping[str, Any]) -> object:
        return {
            name.removeprefix("quotas."): value
            for name, value in given.items()
            if name.startswith("quotas.") and value is not None
        }


class Checks:
    @staticmethod
    def make_fields(plain: Plain) -> Fields:
        made = {check["kind"]: check for check in plain["checks"]}
        fields: Fields = {}
        for kind in checks.registry.names():
            check = made.get(kind, {})
            fields[f"checks.{kind}"] = forms.ChoiceField(
                label=f"Sound check: {checks.registry.get(kind).title}",
                choices=OUTCOMES,
                initial=check.get("fail", NOT_MADE),
            )
            fields[f"checks.{kind}.attempts"] = forms.IntegerField(
                label="Attempts",
                min_value=1,
                max_value=MAX_ATTEMPTS,
                initial=check.get("attempts", 2),
            )
        return fields

    @staticmethod
    def read(plain: Plain, given: Mapping[str, Any]) -> object:
        """Those that were there keep their order."""
        before = [check["kind"] for check in plain["checks"]]
        kinds = dict.fromkeys([*before, *checks.registry.names()])
        return [
            {"kind": kind, "fail": fail, "attempts": given[f"checks.{kind}.attempts"]}
            for kind in kinds
            if (fail := given[f"checks.{kind}"]) != NOT_MADE
        ]


SPECIAL = {"quotas": Quotas, "checks": Checks}
