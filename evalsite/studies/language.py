"""Ready-made texts in the listener's language: defaults are said when they are taken.

A protocol is read with its language active, and what it leaves out is written out in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from django.utils.translation import gettext

LANGUAGES = ("en", "de")


def translated(*messages: str, metadata: Mapping[str, object] | None = None) -> Any:
    """The default of a dataclass's field: this text, or a tuple of them, in the active language."""

    def say() -> str | tuple[str, ...]:
        said = tuple(gettext(message) for message in messages)
        return said[0] if len(said) == 1 else said

    return field(default_factory=say, metadata=metadata)
