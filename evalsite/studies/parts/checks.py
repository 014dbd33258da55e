"""Which headphone checks a study makes, and what becomes of those who do not pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalsite.studies import reading
from evalsite.studies.checks import registry
from evalsite.studies.parts.base import Part

if TYPE_CHECKING:
    from evalsite.studies.protocol import Protocol

END, NOTE = "end", "note"
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Check:
    """`fail`: end (the sitting ends there) or note (it is only recorded)."""

    kind: str
    fail: str = NOTE
    attempts: int = 2


@dataclass(frozen=True)
class Checks(Part):
    entries: tuple[Check, ...] = ()

    @classmethod
    def read(cls, value: object) -> Checks:
        given = reading.read_list(value, "checks", at_most=len(registry.names()))
        entries = tuple(_read_check(entry, f"checks[{i}]") for i, entry in enumerate(given))
        reading.refuse_repeats([check.kind for check in entries], "kinds of checks")
        return cls(entries)

    def to_plain(self) -> object:
        return [
            {"kind": check.kind, "fail": check.fail, "attempts": check.attempts}
            for check in self.entries
        ]


def checks_of(protocol: Protocol) -> tuple[Check, ...]:
    part = protocol.parts.get("checks")
    return part.entries if isinstance(part, Checks) else ()


def _read_check(value: object, where: str) -> Check:
    given = reading.read_mapping(value, where, keys=("kind", "fail", "attempts"))
    kind = reading.read_choice(given.get("kind"), f"{where}.kind", choices=registry.names())
    fail = reading.read_choice(given.get("fail", NOTE), f"{where}.fail", choices=(END, NOTE))
    attempts = reading.read_whole_number(
        given.get("attempts", 2), f"{where}.attempts", low=1, high=MAX_ATTEMPTS
    )
    return Check(kind, fail, attempts)
