"""What every part of a protocol is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from evalsite.studies.protocol import Protocol


class Part:
    """A frozen dataclass all of whose fields have defaults."""

    @classmethod
    def before(cls) -> Self:
        """As studies have it that were frozen before there was this part."""
        return cls()

    @classmethod
    def read(cls, value: object) -> Self:
        """Read the value strictly; refusals name place, rule and value (see reading.py)."""
        raise NotImplementedError

    def to_plain(self) -> object:
        """As JSON has it; `read` reads it back."""
        raise NotImplementedError

    def check(self, protocol: Protocol) -> None:
        """Raise EarwitnessError where the part does not fit the rest of the protocol."""
