"""Whom the protocol's rules leave out of the analysis, whom they flag, and by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalsite.analysis.screening import Screening, apply_rule
from evalsite.results.tables.pseudonyms import PARTICIPANT
from evalsite.results.tables.screening_tables import make_tables
from evalsite.studies.exclusion_rules import RULES
from evalsite.studies.models import Study
from evalsite.studies.parts.exclusions import Rule, exclusions_of
from evalsite.studies.queries import protocol_of
from evalsite.studies.trial_types.base import Column


@dataclass(frozen=True)
class Screened:
    """What each rule of the protocol found, in the protocol's order; whom it looked at."""

    rules: tuple[Rule, ...]
    found: Mapping[str, Screening]
    sittings: pd.DataFrame

    @property
    def excluded(self) -> tuple[str, ...]:
        """Participants whom a rule leaves out, sorted."""
        names = {
            name for rule in self.rules if rule.excludes for name in self.found[rule.name].excluded
        }
        return tuple(sorted(names))

    def count_left_out(self) -> dict[str, int]:
        """How many each excluding rule leaves out whom none before it did."""
        gone: set[str] = set()
        counts = {}
        for rule in self.rules:
            if rule.excludes:
                new = set(self.found[rule.name].excluded) - gone
                counts[rule.name] = len(new)
                gone |= new
        return counts

    def describe(self) -> list[dict[str, Any]]:
        """For the findings: each rule, its limits, how many it looked at and whom it left out."""
        left_out = self.count_left_out()
        return [
            {
                "rule": rule.name,
                "version": rule.version,
                "title": rule.title,
                "sentence": rule.sentence,
                "action": rule.action,
                "limits": dict(rule.limits),
                "n_judged": len(self.found[rule.name].listeners),
                "n_broke": len(self.found[rule.name].excluded),
                "n_left_out": left_out.get(rule.name, 0),
                "ignored_items": list(self.found[rule.name].ignored_items),
            }
            for rule in self.rules
        ]


EXCLUSION_COLUMNS = (
    PARTICIPANT,
    Column(
        "rule", "text", "The protocol's rule that was broken, as in study.json", ", ".join(RULES)
    ),
    Column("rule_version", "whole number", "Version of the rule", "1…"),
    Column(
        "action",
        "text",
        "exclude: the analysis leaves the participant out; flag: it does not",
        "exclude, flag",
    ),
    Column("value", "number", "What was found", ""),
    Column("limit", "number", "What the rule allows", ""),
    Column("n", "whole number", "Trials or judgments that the value was computed from", "1…"),
    Column("reason", "text", "All of this in words", ""),
)


def list_exclusions(screened: Screened) -> pd.DataFrame:
    """One row for each rule a participant broke, sorted by participant, then as the protocol."""
    records = [
        (
            one.listener,
            rule.name,
            rule.version,
            rule.action,
            one.value,
            one.limit,
            one.n,
            one.sentence,
        )
        for rule in screened.rules
        for one in screened.found[rule.name].exclusions
    ]
    frame = pd.DataFrame.from_records(records, columns=[c.name for c in EXCLUSION_COLUMNS])
    return frame.sort_values("participant", kind="stable", ignore_index=True)


def screen_study(study: Study, frame: pd.DataFrame) -> Screened:
    """Apply the rules of the study's protocol. `frame`: all its judgments, as `ratings_frame`."""
    protocol = protocol_of(study)
    rules = exclusions_of(protocol)
    tables = make_tables(study, protocol, frame)
    found = {rule.name: apply_rule(tables, rule.name, rule.limits) for rule in rules}
    return Screened(rules, found, tables.sittings)
