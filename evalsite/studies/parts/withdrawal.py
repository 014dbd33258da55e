"""What becomes of a listener's data when they are withdrawn: the consent page says which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalsite.studies import reading
from evalsite.studies.parts.base import Part

if TYPE_CHECKING:
    from evalsite.studies.protocol import Protocol

DELETE, ANONYMISE = "delete", "anonymise"


@dataclass(frozen=True)
class Withdrawal(Part):
    """delete: everything goes. anonymise: answers to trials stay, without a way to the person."""

    policy: str = DELETE

    @classmethod
    def read(cls, value: object) -> Withdrawal:
        return cls(reading.read_choice(value, "withdrawal", choices=(DELETE, ANONYMISE)))

    def to_plain(self) -> object:
        return self.policy


def keeps_answers(protocol: Protocol) -> bool:
    """Whether answers stay, without a way to the person, when somebody withdraws."""
    part = protocol.parts.get("withdrawal")
    return isinstance(part, Withdrawal) and part.policy == ANONYMISE
