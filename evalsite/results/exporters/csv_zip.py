"""Tables as CSV, clips as WAV, the rest as JSON, in one zip."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

from evalsite import __version__
from evalsite.common.blobs import find_blob
from evalsite.common.errors import EarwitnessError
from evalsite.results.dataset.archive import Archive
from evalsite.results.dataset.contents import ITEM_COLUMNS, DataSet, describe_signal, name_clip_file
from evalsite.results.dataset.data_dictionary import describe_tables, write_dictionary
from evalsite.results.dataset.model_tables import (
    HEAD_COLUMNS,
    OUTPUT_COLUMNS,
    PROFILE_COLUMNS,
    list_heads,
    list_outputs,
    list_profiles,
)
from evalsite.results.dataset.readme import write_readme
from evalsite.results.reproduce import SCRIPTS, write_script
from evalsite.results.tables.checked import CHECK_COLUMNS
from evalsite.results.tables.csv import write_csv, write_frame
from evalsite.results.tables.screening import EXCLUSION_COLUMNS
from evalsite.studies.trial_types.base import Column


@dataclass(frozen=True)
class CsvZip:
    """CSV tables, the clips, the frozen protocol and every figure, with checksums."""

    title: ClassVar[str] = "Tables (CSV) with clips, in a zip"
    suffix: ClassVar[str] = "zip"
    content_type: ClassVar[str] = "application/zip"
    parts: ClassVar[tuple[tuple[str, str], ...]] = (
        ("ratings.csv", "one row a judgment: who, which clip, which quality, what they said"),
        ("items.csv", "one row a clip: recording, condition, model, recipe, loudness"),
        ("outputs.csv", "one row a clip and output of the model: what it says of what was heard"),
        ("heads.csv", "one row a feature and emotion of a model that weighs features to a sum"),
        ("profiles.csv", "where spans were marked: the explanation's weight, frame by frame"),
        ("raters.csv", "one row a participant: group, answers about the person in bands, minutes"),
        ("exclusions.csv", "one row for each of the protocol's rules that a participant broke"),
        ("checks.csv", "one row a round of a headphone check"),
        ("clips/", "the sounds exactly as they were played"),
        ("study.json", "the frozen protocol with its digest: texts, scales, design, seed"),
        ("analysis.json", "every number of the results page, each with its method"),
        ("analysis.py, analysis.R", "compute the figures anew from the tables, in Python and in R"),
        ("data_dictionary.json, .md", "what each column means"),
        ("README.md", "what this data set is, and how to read it"),
        ("CHECKSUMS", "sha256 of every file: sha256sum -c CHECKSUMS"),
    )

    def __call__(self, dataset: DataSet, file: BinaryIO) -> None:
        _check_clips(dataset)
        archive = Archive(file)
        tables = describe_tables(dataset.protocol)
        readme = write_readme(dataset, self.parts)
        archive.add_bytes("README.md", readme.encode("utf-8"))
        archive.add_bytes("analysis.json", _write_json(dataset.findings))
        for language in SCRIPTS:
            script = write_script(language, dataset.findings, dataset.protocol)
            archive.add_bytes(f"analysis.{language}", script.encode("utf-8"))
        archive.add_bytes("data_dictionary.json", _write_json(tables))
        archive.add_bytes("data_dictionary.md", write_dictionary(tables).encode("utf-8"))
        archive.add_bytes("checks.csv", write_frame(dataset.checks, CHECK_COLUMNS))
        archive.add_bytes("exclusions.csv", write_frame(dataset.exclusions, EXCLUSION_COLUMNS))
        for name, columns, rows in _list_sound_tables(dataset):
            archive.add_bytes(name, write_csv([column.name for column in columns], rows))
        archive.add_bytes(
            "raters.csv", write_frame(dataset.participants, dataset.participants_columns)
        )
        archive.add_bytes("ratings.csv", write_frame(dataset.ratings, dataset.ratings_columns))
        archive.add_bytes("study.json", _write_json(_describe_study(dataset)))
        for signal in dataset.signals:
            archive.add_file(name_clip_file(signal), find_blob(signal.blob))
        archive.close()


def _list_sound_tables(
    dataset: DataSet,
) -> Iterator[tuple[str, Sequence[Column], Iterable[Sequence[object]]]]:
    signals = dataset.signals
    yield "items.csv", ITEM_COLUMNS, map(describe_signal, signals)
    yield "outputs.csv", OUTPUT_COLUMNS, list_outputs(signals)
    yield "heads.csv", HEAD_COLUMNS, list_heads(signals)
    yield "profiles.csv", PROFILE_COLUMNS, list_profiles(signals, dataset.protocol)


def _check_clips(dataset: DataSet) -> None:
    for signal in dataset.signals:
        if not find_blob(signal.blob).is_file():
            raise EarwitnessError(
                f"Every clip must be in the store, that of item {signal.item.number} "
                f"({signal.blob[:12]}…) is missing."
            )


def _describe_study(dataset: DataSet) -> dict[str, Any]:
    return {
        **dataset.findings["study"],
        "software": {"earwitness": __version__},
        "protocol": dataset.protocol.to_dict(),
        "privacy": dict(dataset.privacy),
    }


def _write_json(value: object) -> bytes:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")
