"""From answers to judgments, column by column: a study of 10^5 judgments takes a second.

What many answers share (snapshots, keys, levels) comes as text and is decoded once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Left
from numpy.typing import NDArray

from evalsite.responses.models import Response, Sitting
from evalsite.results.tables.pseudonyms import hide_pseudonym, make_rater_key
from evalsite.results.tables.quota import find_over_quota
from evalsite.studies.models import Item, Study
from evalsite.studies.trial_types import make_trial_type
from evalsite.studies.trial_types.base import Column, TrialType

# What the column of a factor between listeners is called, before the factor's name.
LEVEL = "level_"
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
    answered_on: str
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
    levels: Mapping[str, str]


class About(NamedTuple):
    """What all judgments of an answer share; a name is its column. The levels have one each."""

    participant: str
    group: str
    sitting_finished: bool
    block: str
    trial_type: str
    position: int
    item: int
    kind: str
    occasion: int
    recording: str
    target: str
    familiarity: object
    catch_passed: bool | None
    over_quota: bool
    elapsed_ms: int
    n_switches: int
    n_focus_losses: int
    sample_rate: object
    output_latency_ms: object
    answered_on: str


class Heard(NamedTuple):
    """What a judgment is about and how it was heard; a name is its column."""

    n_plays: int
    heard_s: float
    clip: str
    condition: str


@dataclass
class _Parts:
    """Judgments in three parts, and of each row which `about` and which `heard` are its own."""

    recorded: dict[str, list[object]]
    about: list[About] = field(default_factory=list)
    levels: list[Mapping[str, str]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    about_at: list[int] = field(default_factory=list)
    heard_at: list[int] = field(default_factory=list)


def read_judgments(
    study: Study, responses: QuerySet[Response], columns: Sequence[Column]
) -> pd.DataFrame:
    """One row a judgment, in the responses' order."""
    shared = {"study": study.slug, "protocol_digest": study.protocol_digest}
    levels = [column.name for column in columns if column.name.startswith(LEVEL)]
    apart = {*shared, *levels, *About._fields, *Heard._fields}
    recorded = [column.name for column in columns if column.name not in apart]
    reader = _Reader(make_rater_key(study), find_over_quota(study))
    parts = _read_parts(reader, responses, recorded)
    return _assemble(columns, parts, levels, shared)


def _read_parts(reader: _Reader, responses: QuerySet[Response], recorded: Sequence[str]) -> _Parts:
    """A row goes into its columns at once: 10^5 rows kept as dicts keep the collector busy."""
    parts = _Parts({name: [] for name in recorded})
    cells = [
        (name, "" if name == "signal" else None, values.append)
        for name, values in parts.recorded.items()
    ]
    for answered in _fetch(responses):
        answer = reader.open(answered)
        presented = answer.presented
        parts.about.append(reader.describe(answer))
        parts.levels.append(answer.levels)
        parts.heard.append(describe_heard(answer, list(presented.clips)))
        whole = len(parts.heard) - 1
        for row in presented.trial_type.rows(answer.given, presented.shown, answer.key):
            for name, default, append in cells:
                append(row.get(name, default))
            parts.about_at.append(len(parts.about) - 1)
            parts.heard_at.append(whole)
            if signal := row.get("signal"):
                parts.heard.append(describe_heard(answer, [signal]))
                parts.heard_at[-1] = len(parts.heard) - 1
    return parts


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


def describe_heard(answer: Opened, labels: Sequence[Any]) -> Heard:
    """Of one signal its own file and condition; of several what was heard in all."""
    is_one = len(labels) == 1
    return Heard(
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
        # As text the date comes first: a tenth of the time of reading it. Both databases tell UTC.
        "answered_on": Left(Cast("answered_at", TextField()), 10),
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
        self.name_levels = cache(self._name_levels)
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

    def _name_levels(self, text: str | None) -> dict[str, str]:
        """By column; a sitting without an arm has none."""
        levels = json.loads(text) if text else {}
        return {f"{LEVEL}{factor}": level for factor, level in levels.items()}

    def open(self, row: Answered) -> Opened:
        return Opened(
            row,
            self.present(row.trial__trial_type, row.snapshot_text),
            self.decode(row.key_text),
            json.loads(row.answer_text),
            self.measure(row.heard_text),
            self.decode(row.n_plays_text),
            self.decode(row.device_text),
            self.name_levels(row.levels_text),
        )

    def describe(self, answer: Opened) -> About:
        row, presented = answer.row, answer.presented
        passed = None
        if row.trial__item__kind == Item.Kind.CATCH:
            passed = presented.trial_type.passes_catch(answer.given, presented.shown, answer.key)
        return About(
            participant=self.hide(row.trial__sitting__participant__pseudonym),
            group=row.trial__sitting__group,
            sitting_finished=row.trial__sitting__state == Sitting.State.FINISHED,
            block=row.trial__block,
            trial_type=row.trial__trial_type,
            position=row.trial__position,
            item=row.trial__item__number,
            kind=row.trial__item__kind,
            occasion=row.trial__occasion,
            recording=row.trial__item__recording__sha256 or "",
            target=row.trial__item__target,
            familiarity=answer.given.get("familiarity", ""),
            catch_passed=passed,
            over_quota=row.trial_id in self.over_quota,
            elapsed_ms=row.elapsed_ms,
            n_switches=row.n_switches,
            n_focus_losses=row.n_focus_losses,
            sample_rate=answer.device.get("sample_rate"),
            output_latency_ms=answer.device.get("output_latency_ms"),
            answered_on=row.answered_on,
        )


def _assemble(
    columns: Sequence[Column], parts: _Parts, levels: Sequence[str], shared: Mapping[str, str]
) -> pd.DataFrame:
    """Types are set on one row an answer, before it is repeated for its judgments."""
    own = {column.name: column for column in columns}
    about = pd.DataFrame(parts.about, columns=About._fields)
    for name in levels:
        about[name] = [given.get(name) for given in parts.levels]
    set_types(about, [own[name] for name in about])
    heard = pd.DataFrame(parts.heard, columns=Heard._fields)
    set_types(heard, [own[name] for name in heard])
    recorded = pd.DataFrame(parts.recorded)
    set_types(recorded, [own[name] for name in recorded])
    about_at, heard_at = (np.asarray(at, dtype=np.intp) for at in (parts.about_at, parts.heard_at))
    told = {
        **{name: repeat_values(about[name], about_at) for name in about},
        **{name: repeat_values(heard[name], heard_at) for name in heard},
        **recorded,
    }
    return pd.DataFrame({name: told.get(name, shared.get(name)) for name in own})


def repeat_values(values: pd.Series, at: NDArray[np.intp]) -> pd.Series:
    """The values at these places. Of equal texts one is kept: comparing them costs nothing then."""
    if not isinstance(values.dtype, pd.StringDtype):
        return values.take(at).reset_index(drop=True)
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    return pd.Series(distinct.take(codes[at]))
