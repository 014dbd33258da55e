"""Parts of a protocol with a file of their own: adding one is adding one file here.

`parts/exclusions.py` holds the frozen dataclass `Exclusions`; the protocol's key is the module's
name. See base.py for what it must have.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from evalsite.studies.parts.base import Part
from explain_engine.registry import Registry

registry = Registry("evalsite.studies.parts", noun="part of a protocol")


@cache
def list_names() -> tuple[str, ...]:
    return tuple(registry.names())


def read_parts(given: Mapping[str, object], *, is_frozen: bool = False) -> dict[str, Part]:
    """Every part there is, read from its key; without one its defaults, or what was before it."""
    return {name: _read_part(name, given, is_frozen) for name in list_names()}


def _read_part(name: str, given: Mapping[str, object], is_frozen: bool) -> Part:
    kind = registry.get(name)
    if name in given:
        return kind.read(given[name])
    return kind.before() if is_frozen else kind()
