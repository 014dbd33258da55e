"""What an exporter gets: a closed study's tables, its protocol, its figures and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalsite.clips.models import Clip, Explanation, Recording
from evalsite.common.errors import NotAllowedNow
from evalsite.results.by_worker import compute_models
from evalsite.results.findings import findings_of
from evalsite.results.models import Analysis
from evalsite.results.store import compute_once
from evalsite.results.tables.checked import checks_frame
from evalsite.results.tables.frames import (
    items_of,
    participants_columns,
    participants_frame,
    ratings_columns,
    ratings_frame,
)
from evalsite.results.tables.free_text import withhold_answers, withhold_columns, withhold_words
from evalsite.results.tables.privacy import protect_raters
from evalsite.results.tables.screening import list_exclusions, screen_study
from evalsite.studies.models import Signal, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.queries import protocol_of
from evalsite.studies.trial_types.base import Column

ITEM_COLUMNS = (
    Column("item", "whole number", "Number of the item, as in ratings.csv", "1…"),
    Column("block", "text", "The protocol's block that asks about it", ""),
    Column("role", "text", "What the sound is for in its item", ""),
    Column("clip_file", "text", "The sound that was played, in this data set", ""),
    Column("clip", "text", "sha256 of that file", "64 hexadecimal digits"),
    Column("seconds", "number", "Length of the clip", ""),
    Column("condition", "text", "What was done to the recording", ""),
    Column("target", "text", "The model's output that was explained", ""),
    Column(
        "recording", "text", "sha256 of the recording's decoded samples", "64 hexadecimal digits"
    ),
    Column("recording_title", "text", "The recording's title in the library", ""),
    Column("recording_licence", "text", "Licence of the recording; empty: not stated", ""),
    Column("recording_source", "text", "Where the recording is from; empty: not stated", ""),
    Column("excerpt_start", "number", "Where in the recording the clip begins, seconds", "0…"),
    Column("model", "text", "Name of the explained model", ""),
    Column("model_output", "number", "The model's output for the target on the clip as played", ""),
    Column("model_output_raw", "number", "The same before loudness was aligned", ""),
    Column("model_output_original", "number", "The same on the unchanged excerpt", ""),
    Column("selection", "text", "Kept components speak for or against the target", "for, against"),
    Column("recipe_digest", "text", "sha256 of the explanation's recipe", "64 hexadecimal digits"),
    Column("weights_digest", "text", "sha256 of the model's weights", "64 hexadecimal digits"),
    Column("engine_version", "text", "Version of the engine that made the clip", ""),
    Column("area", "number", "Share of the spectrogram that was kept", "0 to 1"),
    Column("energy", "number", "Share of the energy that was kept", "0 to 1"),
    Column(
        "overlap_with_kept", "number", "Share of the clip's components that kept has too", "0 to 1"
    ),
    Column("fill", "text", "What stands in for what was taken out", ""),
    Column("phase_source", "text", "Where the phase is from", ""),
    Column("loudness_before", "number", "LUFS (ITU-R BS.1770) before alignment", ""),
    Column("loudness_after", "number", "LUFS of the clip as played", ""),
    Column("true_peak", "number", "dBTP of the clip as played", ""),
    Column("gain_db", "number", "Gain that the alignment applied, dB", ""),
)


@dataclass(frozen=True)
class DataSet:
    """All of a closed study but for free text, read once."""

    study: Study
    protocol: Protocol
    ratings: pd.DataFrame
    participants: pd.DataFrame
    exclusions: pd.DataFrame
    checks: pd.DataFrame
    privacy: Mapping[str, Any]
    signals: Sequence[Signal]
    findings: Mapping[str, Any]

    @property
    def ratings_columns(self) -> tuple[Column, ...]:
        return withhold_columns(ratings_columns(self.protocol))

    @property
    def participants_columns(self) -> tuple[Column, ...]:
        return participants_columns(self.protocol)


def gather_dataset(study: Study) -> DataSet:
    if study.state != Study.State.CLOSED:
        raise NotAllowedNow(
            "A data set can be exported once the study is closed, "
            f"“{study.title}” is {study.get_state_display()}."
        )
    protocol = protocol_of(study)
    ratings = ratings_frame(study)
    screened = screen_study(study, ratings)
    raters = protect_raters(participants_frame(study, screened))
    return DataSet(
        study=study,
        protocol=protocol,
        ratings=withhold_words(ratings, ratings_columns(protocol)),
        participants=raters.frame,
        exclusions=list_exclusions(screened),
        checks=checks_frame(study),
        privacy=raters.report,
        signals=[signal for item in items_of(study) for signal in item.signals.all()],
        # A data set waits for the models, so that it is the same whenever it is made.
        findings={
            **withhold_answers(findings_of(study)),
            "models": compute_once(study, Analysis.MODELS, compute_models),
        },
    )


def name_clip_file(signal: Signal) -> str:
    suffix = f"-{signal.number + 1}" if len(signal.item.signals.all()) > 1 else ""
    return f"clips/item-{signal.item.number:03}{suffix}.wav"


def describe_signal(signal: Signal) -> list[object]:
    """Its cells, in the order of ITEM_COLUMNS. A sound of our own belongs to no explanation."""
    item, clip = signal.item, signal.clip
    explanation, recording = find_source(signal)
    return [
        item.number,
        item.block,
        signal.role,
        name_clip_file(signal),
        signal.blob,
        signal.duration,
        signal.condition,
        item.target,
        *_describe_recording(recording),
        *_describe_explanation(explanation, clip, item.target),
        *(getattr(clip, name, None) for name in ("area", "energy")),
        clip.facts.get("overlap_with_kept") if clip else None,
        *(getattr(clip, name, None) for name in CLIP_FIELDS),
    ]


def find_source(signal: Signal) -> tuple[Explanation | None, Recording | None]:
    """Whose clip it is; of a sound of our own, its item's."""
    explanation, recording, clip = signal.item.explanation, signal.item.recording, signal.clip
    if clip is not None and explanation is not None and clip.explanation_id != explanation.pk:
        return clip.explanation, clip.explanation.recording
    return explanation, recording


CLIP_FIELDS = (
    "fill",
    "phase_source",
    "loudness_before",
    "loudness_after",
    "true_peak",
    "gain_db",
)


def _describe_recording(recording: Recording | None) -> list[object]:
    names = ("sha256", "title", "licence", "source")
    return [getattr(recording, name, "") for name in names]


def _describe_explanation(
    explanation: Explanation | None, clip: Clip | None, target: str
) -> list[object]:
    if explanation is None:
        return [None] * 9
    facts = clip.facts if clip else {}
    return [
        explanation.recipe.get("start"),
        explanation.model.name,
        read_output(facts, "output_after_alignment", target),
        read_output(facts, "output_before_alignment", target),
        read_output(explanation.manifest, "prediction", target),
        explanation.recipe.get("selection"),
        explanation.recipe_digest,
        explanation.weights_digest,
        explanation.engine_version,
    ]


def read_output(facts: Mapping[str, Any], name: str, target: str) -> float | None:
    """The model's output for the target in a part of the engine's manifest; None if it is not."""
    value = (facts.get(name) or {}).get(target)
    return float(value) if isinstance(value, int | float) else None
