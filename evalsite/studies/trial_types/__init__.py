"""Trial types: adding one is adding one file here and one template."""

from __future__ import annotations

from collections.abc import Mapping

from evalsite.common.errors import EarwitnessError
from evalsite.studies.trial_types.base import TrialType
from explain_engine.registry import Registry

registry = Registry(
    "evalsite.studies.trial_types", entry_point_group="earwitness.trial_types", noun="trial type"
)


def make_trial_type(name: str, parameters: Mapping[str, object]) -> TrialType:
    if name not in registry.names():
        known = ", ".join(registry.names())
        raise EarwitnessError(f"trial_type must be one of {known}, got {name!r}.")
    return registry.get(name).from_parameters(parameters)
