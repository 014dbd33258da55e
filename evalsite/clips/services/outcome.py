"""From the worker's folder to the store: files first, rows later."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalsite.clips import engine
from evalsite.clips.envelope import measure_envelope
from evalsite.clips.models import Clip, Explanation
from evalsite.common.blobs import publish_file

ENVELOPE_SLICES = 420


@dataclass(frozen=True)
class Outcome:
    """What a run made; every file it names is already in the store."""

    manifest: dict[str, Any]
    figures: dict[str, dict[str, str]]
    arrays_blob: str
    clips: list[Clip]


def publish_outcome(explanation: Explanation, manifest: dict[str, Any], folder: Path) -> Outcome:
    check_identity(explanation, manifest)
    figures = {
        target: {
            name: publish_file(engine.name_figure(folder, name, number)) for name in engine.FIGURES
        }
        for number, target in enumerate(explanation.targets)
    }
    return Outcome(
        manifest=manifest,
        figures=figures,
        arrays_blob=publish_file(folder / "arrays.npz"),
        clips=[make_clip(explanation, facts, folder) for facts in manifest["clips"]],
    )


def check_identity(explanation: Explanation, manifest: dict[str, Any]) -> None:
    """The row is the key under which others will find this result: it must be true."""
    other = explanation.other_recording
    wanted = {
        "recording_digest": explanation.recording.sha256,
        "other_recording_digest": other.sha256 if other else None,
        "recipe_digest": explanation.recipe_digest,
        "engine_version": explanation.engine_version,
        "weights_digest": explanation.weights_digest,
    }
    found = {**manifest, "weights_digest": manifest["model"]["weights_digest"]}
    for name, value in wanted.items():
        if found[name] != value:
            raise engine.EngineError(
                f"The {name.replace('_', ' ')} must be {str(value)[:12]}, the worker's is "
                f"{str(found[name])[:12]}: the site and its worker differ."
            )


def make_clip(explanation: Explanation, facts: dict[str, Any], folder: Path) -> Clip:
    path = folder / facts["file"]
    return Clip(
        explanation=explanation,
        target=facts["target"] or "",
        kind=facts["kind"],
        blob=publish_file(path),
        n_bytes=facts["n_bytes"],
        sample_rate=facts["sr"],
        n_samples=facts["n_samples"],
        area=facts["area_share"],
        energy=facts["energy_share"],
        fill=facts["fill"],
        phase_source=facts["phase_source"],
        loudness_before=facts["loudness_before_lufs"],
        loudness_after=facts["loudness_after_lufs"],
        true_peak=facts["true_peak_dbtp"],
        gain_db=facts["gain_db"],
        envelope=measure_envelope(path, ENVELOPE_SLICES),
        facts=facts,
    )
