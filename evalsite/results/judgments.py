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
from evalsite.results.quota import find_over_quota
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

    trial_id: int
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
    elapsed_ms: int
    n_switches: int
    n_focus_losses: int
    answered_at: Any
    snapshot_text: str
    key_text: str
    levels_text: str | None
    answer_text: str
    heard_text: str
    n_plays_text: str
    device_text: str


class Presented(NamedTuple):
    """What a snapshot says."""

    trial_type: TrialType
    shown: Mapping[str, Any]
    clips: Mapping[str, str]


class Opened(NamedTuple):
    """An answer with its texts decoded; `heard_s` by label."""

    row: Answered
    presented: Presented
    key: Mapping[str, Any]
    given: Mapping[str, Any]
    heard_s: Mapping[str, float]
    n_plays: Mapping[str, int]
    device: Mapping[str, Any]


def read_judgments(
    study: Study, responses: QuerySet[Response], columns: Sequence[Column]
) -> pd.DataFrame:
    """One row a judgment, in the responses' order."""
    reader = _Reader(make_rater_key(study), find_over_quota(study))
    rows: list[dict[str, object]] = []
    heard: list[tuple[object, ...]] = []
    owner: list[int] = []
    about: list[dict[str, object]] = []
    for number, answered in enumerate(_fetch(responses)):
        answer = reader.open(answered)
        presented = answer.presented
        about.append(reader.describe(answer))
        whole = describe_heard(answer, list(presented.clips))
        for row in presented.trial_type.rows(answer.given, presented.shown, answer.key):
            rows.append(row)
            owner.append(number)
            signal = row.get("signal")
            heard.append(describe_heard(answer, [signal]) if signal else whole)
    shared = {"study": study.slug, "protocol_digest": study.protocol_digest}
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


def describe_heard(answer: Opened, labels: Sequence[Any]) -> tuple[object, ...]:
    """Of one signal its own file and condition; of several what was heard in all."""
    is_one = len(labels) == 1
    return (
        sum(answer.n_plays.get(label, 0) for label in labels),
        round(sum(answer.heard_s.get(label, 0.0) for label in labels), 3),
        answer.presented.clips[labels[0]] if is_one else "",
        answer.key["conditions"][labels[0]] if is_one else answer.row.trial__item__condition,
    )


def _fetch(responses: QuerySet[Response]) -> Iterable[Answered]:
    as_text = {
        "snapshot_text": Cast("trial__snapshot", TextField()),
        "key_text": Cast("trial__key", TextField()),
        "levels_text": Cast("trial__sitting__arm__levels", TextField()),
        "answer_text": Cast("answer", TextField()),
        "heard_text": Cast("heard", TextField()),
        "n_plays_text": Cast("n_plays", TextField()),
        "device_text": Cast("device", TextField()),
    }
    found = responses.annotate(**as_text).values_list(*Answered._fields)
    return map(Answered._make, found.iterator(chunk_size=5000))


class _Reader:
    """Keeps what it has decoded: the same text is read once."""

    def __init__(self, key: bytes, over_quota: frozenset[int]) -> None:
        self.over_quota = over_quota
        self.decode = cache(json.loads)
        self.hide = cache(lambda pseudonym: hide_pseudonym(key, pseudonym))
        self.present = cache(self._present)
        self.measure = cache(self._measure)
        self._trial_types: dict[str, TrialType] = {}

    def _present(self, trial_type: str, text: str) -> Presented:
        snapshot = json.loads(text)
        name = f"{trial_type} {json.dumps(snapshot['parameters'], sort_keys=True)}"
        if name not in self._trial_types:
            self._trial_types[name] = make_trial_type(trial_type, snapshot["parameters"])
        clips = {signal["label"]: signal["sha256"] for signal in snapshot["signals"]}
        return Presented(self._trial_types[name], snapshot["shown"], clips)

    def _measure(self, text: str) -> dict[str, float]:
        heard = json.loads(text)
        return {label: measure_heard(stretches) for label, stretches in heard.items()}

    def open(self, row: Answered) -> Opened:
        return Opened(
            row,
            self.present(row.trial__trial_type, row.snapshot_text),
            self.decode(row.key_text),
            json.loads(row.answer_text),
            self.measure(row.heard_text),
            self.decode(row.n_plays_text),
            self.decode(row.device_text),
        )

    def describe(self, answer: Opened) -> dict[str, object]:
        """What all judgments of an answer share."""
        row, presented = answer.row, answer.presented
        levels = self.decode(row.levels_text) if row.levels_text else {}
        passed = None
        if row.trial__item__kind == Item.Kind.CATCH:
            passed = presented.trial_type.passes_catch(answer.given, presented.shown, answer.key)
        return {
            "participant": self.hide(row.trial__sitting__participant__pseudonym),
            "group": row.trial__sitting__group,
            "sitting_finished": row.trial__sitting__state == Sitting.State.FINISHED,
            "block": row.trial__block,
            "trial_type": row.trial__trial_type,
            "position": row.trial__position,
            "item": row.trial__item__number,
            "kind": row.trial__item__kind,
            "occasion": row.trial__occasion,
            "recording": row.trial__item__recording__sha256 or "",
            "target": row.trial__item__target,
            **{f"level_{factor}": level for factor, level in levels.items()},
            "familiarity": answer.given.get("familiarity", ""),
            "catch_passed": passed,
            "over_quota": row.trial_id in self.over_quota,
            "elapsed_ms": row.elapsed_ms,
            "n_switches": row.n_switches,
            "n_focus_losses": row.n_focus_losses,
            "sample_rate": answer.device.get("sample_rate"),
            "output_latency_ms": answer.device.get("output_latency_ms"),
            "answered_on": row.answered_at.date().isoformat(),
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
    shared_by_answer = {name for row in about for name in row}
    names = [name for name in own if name in shared_by_answer]
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
