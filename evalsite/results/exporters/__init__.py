"""Export formats: adding one is adding one file here."""

from __future__ import annotations

from evalsite.common.errors import EarwitnessError
from evalsite.results.exporters.base import Exporter
from explain_engine.registry import Registry

registry = Registry(
    "evalsite.results.exporters", entry_point_group="earwitness.exporters", noun="export format"
)


def make_exporter(name: str) -> Exporter:
    if name not in registry.names():
        known = ", ".join(registry.names())
        raise EarwitnessError(f"format must be one of {known}, got {ascii(name)[:40]}.")
    return registry.make(name)
