"""Trial types: adding one is adding one file here and one template."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import TrialType
from explain_engine.registry import Registry

registry = Registry(
    "evalsite.studies.trial_types", entry_point_group="earwitness.trial_types", noun="trial type"
)


@cache
def list_names() -> tuple[str, ...]:
    """Looking for entry points reads every installed package: once is enough."""
    return tuple(registry.names())


@cache
def find_class(name: str) -> type[TrialType]:
    return registry.get(name)


def make_trial_type(name: str, parameters: Mapping[str, object]) -> TrialType:
    if name not in list_names():
        known = ", ".join(list_names())
        raise EarwitnessError(f"trial_type must be one of {known}, got {name!r}.")
    return find_class(name).from_parameters(parameters)
