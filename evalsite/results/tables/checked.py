"""Rounds of headphone checks as a table: what was answered, what was right, what came of it."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from evalsite.responses.checks import judge_rounds
from evalsite.responses.models import CheckRound
from evalsite.results.tables.judgments import set_types
from evalsite.results.tables.pseudonyms import PARTICIPANT, hide_pseudonym, make_rater_key
from evalsite.studies.models import Study
from evalsite.studies.parts.checks import checks_of
from evalsite.studies.queries import protocol_of
from evalsite.studies.trial_types.base import Column

CHECK_COLUMNS = (
    PARTICIPANT,
    Column("check", "text", "Name of the headphone check", ""),
    Column("attempt", "whole number", "Which attempt", "1…"),
    Column("round", "whole number", "Which round of the attempt", "1…"),
    Column("answer", "whole number", "The interval chosen; empty: not answered", "1 to 3"),
    Column("is_right", "true or false", "It was the right one; empty: not answered", "true, false"),
    Column("elapsed_ms", "whole number", "Milliseconds on the page; empty: not answered", "0…"),
    Column(
        "outcome",
        "text",
        "What came of all attempts of this check",
        "passed, failed, open (not answered to the end)",
    ),
)


def checks_frame(study: Study) -> pd.DataFrame:
    """One row a round, pilots out, sorted."""
    key = make_rater_key(study)
    attempts = {check.kind: check.attempts for check in checks_of(protocol_of(study))}
    rounds = CheckRound.objects.filter(sitting__study=study, sitting__is_pilot=False)
    by_check: dict[tuple[str, str], list[CheckRound]] = defaultdict(list)
    for one in rounds.select_related("sitting__participant").order_by("attempt", "number"):
        by_check[hide_pseudonym(key, one.sitting.participant.pseudonym), one.kind].append(one)
    records = []
    for (participant, kind), own in sorted(by_check.items(), key=lambda entry: entry[0]):
        outcome = judge_rounds(own, n_attempts=attempts.get(kind, 1))
        records += [_describe_round(participant, one, outcome) for one in own]
    frame = pd.DataFrame.from_records(records, columns=[column.name for column in CHECK_COLUMNS])
    set_types(frame, CHECK_COLUMNS)
    return frame


def _describe_round(participant: str, one: CheckRound, outcome: str) -> tuple[object, ...]:
    is_right = None if one.answer is None else one.answer == one.key
    return (
        participant,
        one.kind,
        one.attempt,
        one.number,
        one.answer,
        is_right,
        one.record.get("elapsed_ms"),
        outcome,
    )
