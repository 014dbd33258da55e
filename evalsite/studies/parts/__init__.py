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


def read_parts(given: Mapping[str, object]) -> dict[str, Part]:
    """Every part there is, read from its key, or as its defaults."""
    return {
        name: registry.get(name).read(given[name]) if name in given else registry.get(name)()
        for name in list_names()
    }
