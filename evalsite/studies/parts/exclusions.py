"""Whom the analysis leaves out and whom it only flags: decided, and frozen, with the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.exclusion_rules import ACTIONS, EXCLUDE, RULES, Limit
from evalsite.studies.parts.base import Part

if TYPE_CHECKING:
    from evalsite.studies.protocol import Protocol


@dataclass(frozen=True)
class Rule:
    """`action`: exclude (left out of the analysis) or flag (only told)."""

    name: str
    action: str
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def excludes(self) -> bool:
        return self.action == EXCLUDE

    @property
    def title(self) -> str:
        return RULES[self.name].title

    @property
    def version(self) -> int:
        return RULES[self.name].version

    @property
    def sentence(self) -> str:
        return RULES[self.name].sentence.format(**self.limits)


def default_rule(name: str) -> Rule:
    kind = RULES[name]
    return Rule(name, kind.action, {key: limit.default for key, limit in kind.limits.items()})


@dataclass(frozen=True)
class Exclusions(Part):
    """Rules in the order in which the flow of participants counts them."""

    rules: tuple[Rule, ...] = tuple(default_rule(name) for name in RULES)

    @classmethod
    def before(cls) -> Exclusions:
        """Studies frozen before there were rules left out nothing but unfinished sittings."""
        return cls((default_rule("unfinished"),))

    @classmethod
    def read(cls, value: object) -> Exclusions:
        given = reading.read_list(value, "exclusions", at_most=len(RULES))
        rules = tuple(_read_rule(entry, f"exclusions[{i}]") for i, entry in enumerate(given))
        reading.refuse_repeats([rule.name for rule in rules], "rules of exclusions")
        return cls(rules)

    def to_plain(self) -> object:
        return [
            {"rule": rule.name, "version": rule.version, "action": rule.action, **rule.limits}
            for rule in self.rules
        ]


def exclusions_of(protocol: Protocol) -> tuple[Rule, ...]:
    part = protocol.parts.get("exclusions")
    return part.rules if isinstance(part, Exclusions) else Exclusions.before().rules


def _read_rule(value: object, where: str) -> Rule:
    names = tuple({key: None for kind in RULES.values() for key in kind.limits})
    given = reading.read_mapping(value, where, keys=("rule", "version", "action", *names))
    name = reading.read_choice(given.get("rule"), f"{where}.rule", choices=tuple(RULES))
    kind = RULES[name]
    reading.read_mapping(value, where, keys=("rule", "version", "action", *kind.limits))
    reading.read_whole_number(
        given.get("version", kind.version), f"{where}.version", low=kind.version, high=kind.version
    )
    action = reading.read_choice(
        given.get("action", kind.action), f"{where}.action", choices=ACTIONS
    )
    limits = {
        key: _read_limit(given.get(key, limit.default), f"{where}.{key}", limit)
        for key, limit in kind.limits.items()
    }
    return Rule(name, action, limits)


def _read_limit(value: object, where: str, limit: Limit) -> float:
    is_number = type(value) in (int, float)
    if not is_number or not limit.low <= value <= limit.high:  # type: ignore[operator]
        raise EarwitnessError(
            f"{where} must be a number from {limit.low:g} to {limit.high:g}, "
            f"got {ascii(value)[:40]}."
        )
    return value  # type: ignore[return-value]
