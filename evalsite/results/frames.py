"""From the database to data frames: the one place where rows become tables.

One row a judgment (sitting × trial × what the trial type records), one row an item, one row a
participant. Practice never comes along; pilots only when asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from evalsite.responses.models import Response, Sitting, Trial
from evalsite.results.pseudonyms import hide_pseudonym, make_rater_key
from evalsite.results.queries import responses_to
from evalsite.studies.blocks import FAMILIARITY
from evalsite.studies.models import Item, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of
from evalsite.studies.trial_types import make_trial_type
from evalsite.studies.trial_types.base import Column, TrialType

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
    Column("row", "whole number", "Row of the Latin square that was heard", "0…"),
    Column("n_answers", "whole number", "Trials answered, practice left out", "0…"),
    Column("minutes", "number", "From agreeing to the end; empty: not finished", "0…"),
    Column("consent_version", "text", "Version of the consent text agreed to", ""),
    Column("agreed_on", "text", "Day of consent, UTC", "YYYY-MM-DD"),
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
    type_ = known.type if known.type == other.type else "text"
    meaning = f"{known.meaning} · in {block}: {other.meaning}"
    return Column(known.name, type_, meaning, f"{known.range}; {other.range}")


def level_columns(protocol: Protocol) -> tuple[Column, ...]:
    return tuple(
        Column(f"level_{factor}", "text", "Level of a factor between listeners", ", ".join(levels))
        for factor, levels in protocol.between.items()
    )


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
    return (*ABOUT_PARTICIPANT, *level_columns(protocol), *questions)


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
    describe = JudgmentReader(study)
    names: dict[int, str] = {}
    records: list[dict[str, object]] = []
    for response in responses:
        sitting = response.trial.sitting
        if sitting.pk not in names:
            names[sitting.pk] = hide_pseudonym(key, sitting.participant.pseudonym)
        records += describe(response, names[sitting.pk])
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
    """The items that are judged, each with its signals."""
    return list(
        study.items.filter(kind=Item.Kind.MAIN)
        .select_related("recording", "explanation__model")
        .prefetch_related("signals__clip")
        .order_by("number")
    )


def measure_heard(stretches: Iterable[Iterable[float]]) -> float:
    """Seconds heard at least once: stretches may overlap."""
    total, reached = 0.0, 0.0
    for first, last in sorted((float(a), float(b)) for a, b in stretches):
        total += max(0.0, last - max(first, reached))
        reached = max(reached, last)
    return round(total, 3)


class JudgmentReader:
    """From a response to its rows; keeps the trial types it has made."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._trial_types: dict[str, TrialType] = {}

    def __call__(self, response: Response, participant: str) -> list[dict[str, object]]:
        trial = response.trial
        shown = trial.snapshot["shown"]
        trial_type = self._find_type(trial)
        about = self._describe_trial(response, participant)
        answer = _describe_answer(response)
        if trial.item.kind == Item.Kind.CATCH:
            answer["catch_passed"] = trial_type.passes_catch(response.answer, shown, trial.key)
        signals = {signal["label"]: signal for signal in trial.snapshot["signals"]}
        rows = []
        for row in trial_type.rows(response.answer, shown, trial.key):
            labels = [row["signal"]] if "signal" in row else list(signals)
            heard = _describe_heard(response, trial, labels, signals)
            rows.append({**about, **answer, **heard, **row})
        return rows

    def _find_type(self, trial: Trial) -> TrialType:
        name = f"{trial.trial_type} {json.dumps(trial.snapshot['parameters'], sort_keys=True)}"
        if name not in self._trial_types:
            self._trial_types[name] = make_trial_type(
                trial.trial_type, trial.snapshot["parameters"]
            )
        return self._trial_types[name]

    def _describe_trial(self, response: Response, participant: str) -> dict[str, object]:
        trial = response.trial
        item, sitting = trial.item, trial.sitting
        levels = sitting.arm.levels if sitting.arm else {}
        return {
            "study": self._study.slug,
            "protocol_digest": self._study.protocol_digest,
            "participant": participant,
            "group": sitting.group,
            "sitting_finished": sitting.state == Sitting.State.FINISHED,
            "block": trial.block,
            "trial_type": trial.trial_type,
            "position": trial.position,
            "item": item.number,
            "kind": item.kind,
            "occasion": trial.occasion,
            "signal": "",
            "recording": item.recording.sha256 if item.recording else "",
            "condition": item.condition,
            "target": item.target,
            **{f"level_{factor}": level for factor, level in levels.items()},
        }


def _describe_heard(
    response: Response,
    trial: Trial,
    labels: list[str],
    signals: Mapping[str, Mapping[str, Any]],
) -> dict[str, object]:
    """Of one signal its own condition and file; of several what was heard in all."""
    heard: dict[str, object] = {
        "n_plays": sum(response.n_plays.get(label, 0) for label in labels),
        "heard_s": round(sum(measure_heard(response.heard.get(label, ())) for label in labels), 3),
        "clip": signals[labels[0]]["sha256"] if len(labels) == 1 else "",
    }
    if len(labels) == 1:
        heard["condition"] = trial.key["conditions"][labels[0]]
    return heard


def _describe_answer(response: Response) -> dict[str, object]:
    return {
        "familiarity": response.answer.get("familiarity", ""),
        "elapsed_ms": response.elapsed_ms,
        "n_switches": response.n_switches,
        "n_focus_losses": response.n_focus_losses,
        "sample_rate": response.device.get("sample_rate"),
        "output_latency_ms": response.device.get("output_latency_ms"),
        "answered_on": response.answered_at.date().isoformat(),
    }


def _describe_sitting(protocol: Protocol, sitting: Sitting, key: bytes) -> dict[str, object]:
    is_finished = sitting.state == Sitting.State.FINISHED
    minutes = None
    if is_finished and sitting.finished_at:
        minutes = round((sitting.finished_at - sitting.agreed_at).total_seconds() / 60, 1)
    answered = [t for t in sitting.trials.all() if not t.is_practice and hasattr(t, "response")]
    about = {f"about_{q.name}": sitting.background.get(q.name, "") for q in protocol.about}
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
    }


PANDAS_TYPES: Mapping[str, str] = {
    "whole number": "Int64",
    "number": "float64",
    "true or false": "bool",
}


def _set_types(frame: pd.DataFrame, columns: Iterable[Column]) -> None:
    for column in columns:
        if column.type in PANDAS_TYPES:
            has_gaps = column.type == "true or false" and frame[column.name].isna().any()
            type_ = "boolean" if has_gaps else PANDAS_TYPES[column.type]
            frame[column.name] = frame[column.name].astype(type_)
