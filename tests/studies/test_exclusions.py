"""Rules of exclusion belong to the protocol: read strictly, written in full, frozen with it."""

from __future__ import annotations

import pytest

from evalsite.analysis.screening import RULE_NAMES
from evalsite.common.errors import EarwitnessError
from evalsite.studies.exclusion_rules import RULES
from evalsite.studies.parts.exclusions import default_rule, exclusions_of
from evalsite.studies.protocol import parse_protocol, read_protocol


def test_every_rule_of_protocols_can_be_applied():
    assert tuple(RULES) == RULE_NAMES


def test_rules_are_written_in_full_with_their_versions():
    protocol = read_protocol(
        {"format": 2, "title": "t", "exclusions": [{"rule": "time", "min_seconds": 1.5}]}
    )

    assert protocol.to_dict()["exclusions"] == [
        {"rule": "time", "version": 1, "action": "flag", "min_seconds": 1.5, "max_share": 0.1}
    ]
    assert parse_protocol(protocol.to_yaml()).digest() == protocol.digest()
    assert exclusions_of(protocol)[0].sentence == (
        "More than 10% of the trials were answered within 1.5 s."
    )


def test_without_a_word_the_default_rules_hold_and_no_rule_is_a_choice_too():
    rules = exclusions_of(read_protocol({"format": 2, "title": "t"}))

    assert [rule.name for rule in rules] == list(RULES)
    assert [rule.name for rule in rules if not rule.excludes] == [
        "headphone_check",
        "time",
        "straight_lining",
        "coverage",
        "repeats",
    ]
    assert exclusions_of(read_protocol({"format": 2, "title": "t", "exclusions": []})) == ()


def test_what_was_frozen_before_there_were_rules_leaves_out_unfinished_sittings_only():
    frozen = {"title": "t", "format": 2}

    protocol = read_protocol(frozen, is_frozen=True)

    assert exclusions_of(protocol) == (default_rule("unfinished"),)
    assert protocol.to_dict() == frozen


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({}, "exclusions must be a list"),
        ([{"rule": "mood"}], r"exclusions\[0\].rule must be one of unfinished"),
        ([{"rule": "time", "max_run": 3}], r"exclusions\[0\] may hold rule, version, action, min"),
        ([{"rule": "time", "action": "hide"}], r"exclusions\[0\].action must be one of exclude"),
        ([{"rule": "time", "version": 2}], r"exclusions\[0\].version must be a whole number"),
        (
            [{"rule": "time", "max_share": 1.5}],
            r"exclusions\[0\].max_share must be a number from 0 to 1, got 1.5.",
        ),
        (
            [{"rule": "time", "max_share": True}],
            r"exclusions\[0\].max_share must be a number from 0 to 1, got True.",
        ),
        ([{"rule": "time"}] * 2, "rules of exclusions must differ from each other, got 'time'"),
    ],
)
def test_broken_rule_is_named_with_its_value(value, sentence):
    with pytest.raises(EarwitnessError, match=f"^{sentence}"):
        read_protocol({"format": 2, "title": "t", "exclusions": value})
