"""From answers to judgments, column by column: a study of 10^5 judgments takes a second.

What many answers share (snapshots, keys, levels) comes as text and is decoded once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from evalsite.responses.models import Response, Sitting
from evalsite.results.pseudonyms import hide_pseudonym, make_rater_key
from evalsite.studies.models import Item, Study
from evalsite.studies.trial_types import make_trial_type
from evalsite.studies.trial_types.base import Column, TrialType

PANDAS_TYPES: Mapping[str, str] = {
    "whole number": "Int64",
    "number": "float64",
    "true or false": "bool",
}


class Answered(NamedTuple):
    """One answer with what the tables say about it; a name is its path in the database."""

    trial__sitting__participant__pseudonym: str
    trial__sitting__state: str
    trial__sitting__group: str
    trial__block: str
    trial__trial_type: str
    trial__position: int
    trial__occasion: int
    trial__item__number: int
    trial__item__kind: str
    trial__item__condition: str
    trial__item__target: str
    trial__item__recording__sha256: str | None
    answer: Mapping[str, Any]
    heard: Mapping[str, Any]
    n_plays: Mapping[str, int]
    device: Mapping[str, Any]
    elapsed_ms: int
    n_switches: int
    n_focus_losses: int
    answered_at: Any
    snapshot_text: str
    key_text: str
    levels_text: str | None


class Presented(NamedTuple):
    """What a snapshot says."""

    trial_type: TrialType
    shown: Mapping[str, Any]
    clips: Mapping[str, str]


def read_judgments(
    study: Study, responses: QuerySet[Response], columns: Sequence[Column]
) -> pd.DataFrame:
    """One row a judgment, in the responses' order."""
    answered = _fetch(responses)
    reader = _Reader(make_rater_key(study))
    rows: list[dict[str, object]] = []
    heard: list[tuple[object, ...]] = []
    owner: list[int] = []
    about: list[dict[str, object]] = []
    for number, answer in enumerate(answered):
        presented = reader.present(answer.trial__trial_type, answer.snapshot_text)
        key = reader.decode(answer.key_text)
        about.append(reader.describe(answer, presented, key))
        whole = describe_heard(answer, presented.clips, key, list(presented.clips))
        for row in presented.trial_type.rows(answer.answer, presented.shown, key):
            rows.append(row)
            owner.append(number)
            signal = row.get("signal")
            heard.append(
                whole if not signal else describe_heard(answer, presented.clips, key, [signal])
            )
    shared = {
        name: study_value
        for name, study_value in (("study", study.slug), ("protocol_digest", study.protocol_digest))
    }
    return _assemble(columns, about, owner, rows, heard, shared)


def set_types(frame: pd.DataFrame, columns: Iterable[Column]) -> None:
    for column in columns:
        if column.type in PANDAS_TYPES:
            has_gaps = column.type == "true or false" and frame[column.name].isna().any()
            type_ = "boolean" if has_gaps else PANDAS_TYPES[column.type]
            frame[column.name] = frame[column.name].astype(type_)


def measure_heard(stretches: Iterable[Iterable[float]]) -> float:
    """Seconds heard at least once: stretches may overlap."""
    total, reached = 0.0, 0.0
    for first, last in sorted((float(a), float(b)) for a, b in stretches):
        total += max(0.0, last - max(first, reached))
        reached = max(reached, last)
    return round(total, 3)


HEARD = ("n_plays", "heard_s", "clip", "condition")


def describe_heard(
    answer: Answered, clips: Mapping[str, str], key: Mapping[str, Any], labels: Sequence[Any]
) -> tuple[object, ...]:
    """Of one signal its own file and condition; of several what was heard in all."""
    is_one = len(labels) == 1
    return (
        sum(answer.n_plays.get(label, 0) for label in labels),
        round(sum(measure_heard(answer.heard.get(label, ())) for label in labels), 3),
        clips[labels[0]] if is_one else "",
        key["conditions"][labels[0]] if is_one else answer.trial__item__condition,
    )


def _fetch(responses: QuerySet[Response]) -> Iterable[Answered]:
    as_text = {
        "snapshot_text": Cast("trial__snapshot", TextField()),
        "key_text": Cast("trial__key", TextField()),
        "levels_text": Cast("trial__sitting__arm__levels", TextField()),
    }
    found = responses.annotate(**as_text).values_list(*Answered._fields)
    return map(Answered._make, found.iterator(chunk_size=5000))


class _Reader:
    """Keeps what it has decoded: the same text is read once."""

    def __init__(self, key: bytes) -> None:
        self.decode = cache(json.loads)
        self.hide = cache(lambda pseudonym: hide_pseudonym(key, pseudonym))
        self.present = cache(self._present)
        self._trial_types: dict[str, TrialType] = {}

    def _present(self, trial_type: str, text: str) -> Presented:
        snapshot = json.loads(text)
        name = f"{trial_type} {json.dumps(snapshot['parameters'], sort_keys=True)}"
        if name not in self._trial_types:
            self._trial_types[name] = make_trial_type(trial_type, snapshot["parameters"])
        clips = {signal["label"]: signal["sha256"] for signal in snapshot["signals"]}
        return Presented(self._trial_types[name], snapshot["shown"], clips)

    def describe(
        self, answer: Answered, presented: Presented, key: Mapping[str, Any]
    ) -> dict[str, object]:
        """What all judgments of an answer share."""
        levels = self.decode(answer.levels_text) if answer.levels_text else {}
        is_catch = answer.trial__item__kind == Item.Kind.CATCH
        return {
            "participant": self.hide(answer.trial__sitting__participant__pseudonym),
            "group": answer.trial__sitting__group,
            "sitting_finished": answer.trial__sitting__state == Sitting.State.FINISHED,
            "block": answer.trial__block,
            "trial_type": answer.trial__trial_type,
            "position": answer.trial__position,
            "item": answer.trial__item__number,
            "kind": answer.trial__item__kind,
            "occasion": answer.trial__occasion,
            "recording": answer.trial__item__recording__sha256 or "",
            "target": answer.trial__item__target,
            **{f"level_{factor}": level for factor, level in levels.items()},
            "familiarity": answer.answer.get("familiarity", ""),
            "catch_passed": presented.trial_type.passes_catch(answer.answer, presented.shown, key)
            if is_catch
            else None,
            "elapsed_ms": answer.elapsed_ms,
            "n_switches": answer.n_switches,
            "n_focus_losses": answer.n_focus_losses,
            "sample_rate": answer.device.get("sample_rate"),
            "output_latency_ms": answer.device.get("output_latency_ms"),
            "answered_on": answer.answered_at.date().isoformat(),
        }


def _assemble(
    columns: Sequence[Column],
    about: list[dict[str, object]],
    owner: list[int],
    rows: list[dict[str, object]],
    heard: list[tuple[object, ...]],
    shared: Mapping[str, str],
) -> pd.DataFrame:
    """Types are set on one row an answer, before it is repeated for its judgments."""
    own = {column.name: column for column in columns}
    names = [name for name in own if about and name in about[0]] if about else []
    of_answers = pd.DataFrame.from_records(about, columns=names)
    set_types(of_answers, [own[name] for name in names])
    parts = of_answers.take(np.asarray(owner, dtype=np.intp)).reset_index(drop=True)
    columns_of = {name: parts[name] for name in names}
    for at, name in enumerate(HEARD):
        columns_of[name] = pd.Series(list(map(itemgetter(at), heard)))
    for name in own:
        if name in shared:
            columns_of[name] = pd.Series([shared[name]] * len(rows))
        elif name not in columns_of:
            default = "" if name == "signal" else None
            values = [row.get(name, default) for row in rows]
            columns_of[name] = pd.Series(values)
    frame = pd.DataFrame({name: columns_of[name] for name in own})
    set_types(frame, [column for name, column in own.items() if name not in names])
    return frame
