"""From the database to data frames: the one place where rows become tables.

One row a judgment (sitting × trial × what the trial type records), one row an item, one row a
participant. Practice never comes along; pilots only when asked for.
"""

from __future__ import annotations

import pandas as pd
from django.db.models import QuerySet

from evalsite.responses.models import Response, Sitting
from evalsite.results.queries import responses_to
from evalsite.results.tables.background import describe_background, describe_question
from evalsite.results.tables.free_text import FREE_TEXT, list_words
from evalsite.results.tables.goldmsi import describe_goldmsi, goldmsi_columns
from evalsite.results.tables.judgments import read_judgments, set_types
from evalsite.results.tables.pseudonyms import PARTICIPANT, hide_pseudonym, make_rater_key
from evalsite.results.tables.screening import Screened
from evalsite.studies import person_questions
from evalsite.studies.blocks import FAMILIARITY
from evalsite.studies.models import Item, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of
from evalsite.studies.trial_types.base import Column

ABOUT_TRIAL = (
    Column("study", "text", "The study's short name, as in its address", ""),
    Column("protocol_digest", "text", "sha256 of the frozen protocol", "64 hexadecimal digits"),
    Column(
        "participant",
        "text",
        "Pseudonym, made for this study's exports",
        "P and 12 hexadecimal digits",
    ),
    Column("group", "text", "The participant's group by the protocol's rule; empty: no rule", ""),
    Column(
        "sitting_finished",
        "true or false",
        "The sitting came to its end. The analysis uses finished sittings only",
        "true, false",
    ),
    Column("block", "text", "The protocol's block that asked", ""),
    Column("trial_type", "text", "What kind of trial it was", ""),
    Column("position", "whole number", "Which trial of the sitting, practice left out", "1…"),
    Column("item", "whole number", "The item's number, as in items.csv", "1…"),
    Column("kind", "text", "catch: a trial whose answer shows attention only", "main, catch"),
    Column("occasion", "whole number", "2: the listener had this item once before", "1…"),
    Column(
        "signal",
        "text",
        "Label, as presented, of the sound that this judgment is about; empty: of the whole trial",
        "",
    ),
    Column(
        "recording", "text", "sha256 of the recording's decoded samples", "64 hexadecimal digits"
    ),
    Column("condition", "text", "What was done to the recording; hidden from the listener", ""),
    Column("target", "text", "The model's output that was explained", ""),
    Column(
        "clip",
        "text",
        "sha256 of the file that was played; empty where the judgment is about several",
        "64 hexadecimal digits",
    ),
)
ABOUT_ANSWER = (
    Column(
        "familiarity",
        "text",
        "Whether the listener knew the piece; empty: not asked",
        ", ".join(FAMILIARITY),
    ),
    Column(
        "catch_passed",
        "true or false",
        "A catch trial was answered as everybody who listens would; empty: no catch trial",
        "true, false",
    ),
    Column(
        "over_quota",
        "true or false",
        "The item had its ratings_per_item without this one, of those in time before those after "
        "the reservation; never without a sample",
        "true, false",
    ),
    Column("elapsed_ms", "whole number", "Milliseconds from showing the page to the answer", "0…"),
    Column("n_plays", "whole number", "How often play was pressed", "0…"),
    Column("heard_s", "number", "Seconds of the sound that were heard at least once", "0…"),
    Column("n_switches", "whole number", "How often the listener switched between sounds", "0…"),
    Column("n_focus_losses", "whole number", "How often the page went out of sight", "0…"),
    Column("sample_rate", "number", "Rate of the sound output, Hz; empty: unknown", "0…"),
    Column("output_latency_ms", "number", "Delay of the sound output, ms; empty: unknown", "0…"),
    Column("answered_on", "text", "Day of the answer, UTC", "YYYY-MM-DD"),
)


ABOUT_PARTICIPANT = (
    Column("participant", "text", "Pseudonym, as in ratings.csv", "P and 12 hexadecimal digits"),
    Column("group", "text", "Group by the protocol's rule; empty: no rule", ""),
    Column("sitting_finished", "true or false", "The sitting came to its end", "true, false"),
    Column(
        "analysed",
        "true or false",
        "No rule of the protocol leaves the participant out of the analysis",
        "true, false",
    ),
    Column(
        "checks_failed",
        "whole number",
        "Headphone checks that were not passed; empty: none was made",
        "0…",
    ),
    Column("row", "whole number", "Row of the Latin square that was heard", "0…"),
    Column("n_answers", "whole number", "Trials answered, practice left out", "0…"),
    Column("minutes", "number", "From agreeing to the end; empty: not finished", "0…"),
    Column("consent_version", "text", "Version of the consent text agreed to", ""),
    Column("agreed_on", "text", "Day of consent, UTC", "YYYY-MM-DD"),
)


WORDS_COLUMNS = (
    PARTICIPANT,
    Column("block", "text", "The protocol's block that asked; empty: the questionnaire", ""),
    Column("position", "whole number", "Which trial of the sitting; empty: questionnaire", "1…"),
    Column("item", "whole number", "The item's number, as in items.csv; empty: likewise", "1…"),
    Column("question", "text", "Name of the question or prompt in the protocol", ""),
    Column("words", "text", "What was written, as written (Unicode, NFC)", "any text"),
)


def ratings_columns(protocol: Protocol) -> tuple[Column, ...]:
    """What the trial types of several blocks call by one name is one column."""
    recorded: dict[str, Column] = {}
    for block in protocol.blocks:
        for column in block.make_trial_type().columns():
            known = recorded.setdefault(column.name, column)
            if known != column:
                recorded[column.name] = merge_columns(known, column, block.name)
    return (*ABOUT_TRIAL, *level_columns(protocol), *recorded.values(), *ABOUT_ANSWER)


def merge_columns(known: Column, other: Column, block: str) -> Column:
    types = {known.type, other.type}
    type_ = known.type if len(types) == 1 else FREE_TEXT if FREE_TEXT in types else "text"
    meaning = f"{known.meaning} · in {block}: {other.meaning}"
    return Column(known.name, type_, meaning, f"{known.range}; {other.range}")


def level_columns(protocol: Protocol) -> tuple[Column, ...]:
    return tuple(
        Column(f"level_{factor}", "text", "Level of a factor between listeners", ", ".join(levels))
        for factor, levels in protocol.between.items()
    )


def participants_columns(protocol: Protocol) -> tuple[Column, ...]:
    """The last ones are what was said about the person, free text and numbers with bands apart."""
    questions = (describe_question(question) for question in protocol.about)
    return (
        *ABOUT_PARTICIPANT,
        *level_columns(protocol),
        *questions,
        *goldmsi_columns(protocol),
    )


def ratings_frame(
    study: Study,
    *,
    include_pilots: bool = False,
    responses: QuerySet[Response] | None = None,
    sort_by_participant: bool = True,
) -> pd.DataFrame:
    """One row a judgment, in the order participant, position, quality as the protocol lists them.

    `responses`: only these, of those the study has. Unsorted, rows follow the responses.
    """
    if responses is None:
        responses = responses_to(study, include_pilots=include_pilots)
    columns = ratings_columns(protocol_of(study))
    frame = read_judgments(study, responses, columns)
    if not sort_by_participant:
        return frame
    return frame.sort_values(["participant", "position"], kind="stable", ignore_index=True)


def participants_frame(study: Study, screened: Screened) -> pd.DataFrame:
    """One row a participant who agreed, pilots out."""
    key = make_rater_key(study)
    protocol = protocol_of(study)
    columns = participants_columns(protocol)
    sittings = (
        Sitting.objects.filter(study=study, is_pilot=False, agreed_at__isnull=False)
        .select_related("participant", "arm")
        .prefetch_related("trials__response")
    )
    records = [_describe_sitting(protocol, sitting, key) for sitting in sittings]
    frame = pd.DataFrame.from_records(records, columns=[column.name for column in columns])
    frame["analysed"] = ~frame["participant"].isin(screened.excluded) & (frame["n_answers"] > 0)
    failed = screened.sittings.set_index("listener")["n_checks_failed"]
    frame["checks_failed"] = frame["participant"].map(failed)
    set_types(frame, columns)
    return frame.sort_values("participant", kind="stable", ignore_index=True)


def words_frame(study: Study) -> pd.DataFrame:
    """One row an answer in free text, of those who agreed, pilots out."""
    columns = ratings_columns(protocol_of(study))
    frame = pd.concat([_words_about(study), list_words(ratings_frame(study), columns)])
    set_types(frame, WORDS_COLUMNS)
    order = ["participant", "position", "question"]
    return frame.sort_values(order, kind="stable", na_position="first", ignore_index=True)


def _words_about(study: Study) -> pd.DataFrame:
    """From the questionnaire."""
    key = make_rater_key(study)
    asked = [q.name for q in protocol_of(study).about if q.kind in person_questions.FREE_TEXT]
    sittings = Sitting.objects.filter(study=study, is_pilot=False, agreed_at__isnull=False)
    records = [
        {
            "participant": hide_pseudonym(key, sitting.participant.pseudonym),
            "block": "",
            "question": name,
            "words": sitting.background[name],
        }
        for sitting in sittings.select_related("participant")
        for name in asked
        if name in sitting.background
    ]
    return pd.DataFrame(records, columns=[column.name for column in WORDS_COLUMNS])


def items_of(study: Study) -> list[Item]:
    """The items that are judged, each with its signals."""
    return list(
        study.items.filter(kind=Item.Kind.MAIN)
        .select_related("recording", "explanation__model")
        .prefetch_related("signals__clip")
        .order_by("number")
    )


def _describe_sitting(protocol: Protocol, sitting: Sitting, key: bytes) -> dict[str, object]:
    is_finished = sitting.state == Sitting.State.FINISHED
    minutes = None
    if is_finished and sitting.finished_at:
        minutes = round((sitting.finished_at - sitting.agreed_at).total_seconds() / 60, 1)
    answered = [t for t in sitting.trials.all() if not t.is_practice and hasattr(t, "response")]
    about = dict(
        describe_background(question, sitting.background.get(question.name))
        for question in protocol.about
    )
    levels = sitting.arm.levels if sitting.arm else {}
    return {
        "participant": hide_pseudonym(key, sitting.participant.pseudonym),
        "group": sitting.group,
        "sitting_finished": is_finished,
        "row": sitting.arm.row if sitting.arm else None,
        "n_answers": len(answered),
        "minutes": minutes,
        "consent_version": sitting.consent_version,
        "agreed_on": sitting.agreed_at.date().isoformat(),
        **{f"level_{factor}": level for factor, level in levels.items()},
        **about,
        **describe_goldmsi(protocol, sitting.background),
    }
