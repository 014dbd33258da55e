"""From the database to data frames: the one place where rows become tables.

One row a judgment (sitting × trial × what the trial type records), one row an item, one row a
participant. Practice never comes along; pilots only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from evalsite.responses.models import Response, Sitting
from evalsite.results.pseudonyms import hide_pseudonym, make_rater_key
from evalsite.results.queries import responses_to
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
    Column("position", "whole number", "Which trial of the sitting, practice left out", "1…"),
    Column("item", "whole number", "The item's number, as in items.csv", "1…"),
    Column(
        "recording", "text", "sha256 of the recording's decoded samples", "64 hexadecimal digits"
    ),
    Column("condition", "text", "What was done to the recording; hidden from the listener", ""),
    Column("target", "text", "The model's output that was explained", ""),
    Column("clip", "text", "sha256 of the file that was played", "64 hexadecimal digits"),
)
ABOUT_ANSWER = (
    Column("elapsed_ms", "whole number", "Milliseconds from showing the page to the answer", "0…"),
    Column("n_plays", "whole number", "How often play was pressed", "0…"),
    Column("heard_s", "number", "Seconds of the clip that were heard at least once", "0…"),
    Column("answered_on", "text", "Day of the answer, UTC", "YYYY-MM-DD"),
)


ABOUT_PARTICIPANT = (
    Column("participant", "text", "Pseudonym, as in ratings.csv", "P and 12 hexadecimal digits"),
    Column("group", "text", "Group by the protocol's rule; empty: no rule", ""),
    Column("sitting_finished", "true or false", "The sitting came to its end", "true, false"),
    Column("row", "whole number", "Row of the Latin square that was heard", "0…"),
    Column("n_answers", "whole number", "Trials answered, practice left out", "0…"),
    Column("minutes", "number", "From agreeing to the end; empty: not finished", "0…"),
    Column("consent_version", "text", "Version of the consent text agreed to", ""),
    Column("agreed_on", "text", "Day of consent, UTC", "YYYY-MM-DD"),
)


def ratings_columns(protocol: Protocol) -> tuple[Column, ...]:
    return (*ABOUT_TRIAL, *protocol.make_trial_type().columns(), *ABOUT_ANSWER)


def participants_columns(protocol: Protocol) -> tuple[Column, ...]:
    """The last ones are the protocol's questions about the person, answered in bands."""
    questions = (
        Column(
            f"about_{question.name}",
            "text",
            f"{question.label} Empty: not answered",
            ", ".join(choice.value for choice in question.choices),
        )
        for question in protocol.about
    )
    return (*ABOUT_PARTICIPANT, *questions)


def ratings_frame(
    study: Study,
    *,
    include_pilots: bool = False,
    responses: Iterable[Response] | None = None,
    sort_by_participant: bool = True,
) -> pd.DataFrame:
    """One row a judgment, in the order participant, position, quality as the protocol lists them.

    `responses`: only these, of those the study has. Unsorted, rows follow the responses.
    """
    if responses is None:
        responses = responses_to(study, include_pilots=include_pilots).iterator(chunk_size=2000)
    key = make_rater_key(study)
    protocol = protocol_of(study)
    trial_type = protocol.make_trial_type()
    people: dict[int, tuple[str, str]] = {}
    records = []
    for response in responses:
        sitting = response.trial.sitting
        if sitting.pk not in people:
            people[sitting.pk] = (
                hide_pseudonym(key, sitting.participant.pseudonym),
                protocol.find_group(sitting.background),
            )
        about = _describe_trial(study, response, *people[sitting.pk])
        answer = _describe_answer(response)
        records += [{**about, **row, **answer} for row in trial_type.rows(response.answer)]
    columns = ratings_columns(protocol)
    frame = pd.DataFrame.from_records(records, columns=[column.name for column in columns])
    _set_types(frame, columns)
    if not sort_by_participant:
        return frame
    return frame.sort_values(["participant", "position"], kind="stable", ignore_index=True)


def participants_frame(study: Study) -> pd.DataFrame:
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
    _set_types(frame, columns)
    return frame.sort_values("participant", kind="stable", ignore_index=True)


def items_of(study: Study) -> list[Item]:
    return list(
        study.items.filter(is_practice=False)
        .select_related("recording", "explanation__model", "clip")
        .order_by("number")
    )


def measure_heard(stretches: Iterable[Iterable[float]]) -> float:
    """Seconds heard at least once: stretches may overlap."""
    total, reached = 0.0, 0.0
    for first, last in sorted((float(a), float(b)) for a, b in stretches):
        total += max(0.0, last - max(first, reached))
        reached = max(reached, last)
    return round(total, 3)


def _describe_trial(
    study: Study, response: Response, participant: str, group: str
) -> dict[str, object]:
    trial = response.trial
    item = trial.item
    return {
        "study": study.slug,
        "protocol_digest": study.protocol_digest,
        "participant": participant,
        "group": group,
        "sitting_finished": trial.sitting.state == Sitting.State.FINISHED,
        "position": trial.position,
        "item": item.number,
        "recording": item.recording.sha256,
        "condition": item.condition,
        "target": item.target,
        "clip": item.blob,
    }


def _describe_answer(response: Response) -> dict[str, object]:
    return {
        "elapsed_ms": response.elapsed_ms,
        "n_plays": response.n_plays,
        "heard_s": measure_heard(response.heard),
        "answered_on": response.answered_at.date().isoformat(),
    }


def _describe_sitting(protocol: Protocol, sitting: Sitting, key: bytes) -> dict[str, object]:
    is_finished = sitting.state == Sitting.State.FINISHED
    minutes = None
    if is_finished and sitting.finished_at:
        minutes = round((sitting.finished_at - sitting.agreed_at).total_seconds() / 60, 1)
    answered = [t for t in sitting.trials.all() if not t.is_practice and hasattr(t, "response")]
    about = {f"about_{q.name}": sitting.background.get(q.name, "") for q in protocol.about}
    return {
        "participant": hide_pseudonym(key, sitting.participant.pseudonym),
        "group": protocol.find_group(sitting.background),
        "sitting_finished": is_finished,
        "row": sitting.arm.row if sitting.arm else None,
        "n_answers": len(answered),
        "minutes": minutes,
        "consent_version": sitting.consent_version,
        "agreed_on": sitting.agreed_at.date().isoformat(),
        **about,
    }


PANDAS_TYPES: Mapping[str, str] = {
    "whole number": "Int64",
    "number": "float64",
    "true or false": "bool",
}


def _set_types(frame: pd.DataFrame, columns: Iterable[Column]) -> None:
    for column in columns:
        if column.type in PANDAS_TYPES:
            frame[column.name] = frame[column.name].astype(PANDAS_TYPES[column.type])
