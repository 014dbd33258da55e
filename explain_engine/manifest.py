"""An explanation in files: clips, ``manifest.json``, ``arrays.npz``, figures.

Everything but the manifest's ``run`` part is decided by recording, recipe, engine version,
weights, device, dtype, batch size and threads.
"""

from __future__ import annotations

import json
import math
import os
import platform
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explain_engine import __version__
from explain_engine.analysis import Grid
from explain_engine.clips import Clip, digest_bytes
from explain_engine.html import make_page
from explain_engine.level1 import describe_level1
from explain_engine.numbers import format_signed
from explain_engine.pictures import draw_all, name_target, write_file, write_picture
from explain_engine.result import Explanation
from explain_engine.sources import Sources

FORMAT = "earwitness-explanation-1"


def save_explanation(result: Explanation, out_dir: Path, *, png: bool = False) -> Path:
    """Write an explanation into a folder, made if missing.

    Parameters
    ----------
    result : Explanation
        What to write.
    out_dir : Path
        Where to.
    png : bool
        Write each figure as PNG too, light and dark.

    Returns
    -------
    Path
        The manifest, written last.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    names = name_clips(result)
    for clip, name in zip(result.clip_records, names, strict=True):
        write_file(out_dir / name, clip.to_wav())
    _write_arrays(result, out_dir / "arrays.npz")
    for name, svg in draw_all(result):
        write_picture(out_dir / name, svg, png=png)
    write_file(out_dir / "explanation.html", make_page(result, names).encode())
    path = out_dir / "manifest.json"
    text = json.dumps(build_manifest(result), indent=1, sort_keys=True, allow_nan=False)
    write_file(path, text.encode())
    return path


def build_manifest(result: Explanation) -> dict[str, Any]:
    """Return the manifest as JSON-ready data; ``docs/manifest.schema.json`` describes it."""
    recipe = result.recipe
    names = name_clips(result)
    return {
        "format": FORMAT,
        "engine_version": __version__,
        "recipe": recipe.to_dict(),
        "recipe_digest": recipe.digest(),
        "recording_digest": result.recording_digest,
        "other_recording_digest": result.other_recording_digest,
        "model": {
            "name": result.model.name,
            "title": result.model.title,
            "targets": list(result.model.targets),
            "sr": result.model.sr,
            "licence": result.model.licence,
            "weights_digest": result.model.weights_digest,
        },
        "device": result.device,
        "dtype": result.dtype,
        "front_end": _describe_front_end(result.analysis.front_end),
        "prediction": result.prediction,
        "all_predictions": result.all_predictions,
        "base": result.base,
        "effects": None if result.effects is None else result.effects.tolist(),
        "level1": None if result.level1 is None else describe_level1(result.level1),
        "n_components": result.components.n,
        "components": _describe_components(result),
        "targets": {
            target: {
                "weights": result.weights[i].tolist(),
                "intercept": _finite(result.attribution.intercepts[i]),
                "selected": result.selected[target].tolist(),
                "verdict": result.verdicts[target],
                "scores": [
                    {
                        "name": score.name,
                        "title": score.title,
                        "value": None if score.value is None else _finite(score.value),
                        "caveat": score.caveat,
                        "is_weak": score.is_weak,
                    }
                    for score in result.all_scores[target]
                ],
            }
            for i, target in enumerate(recipe.targets)
        },
        "loudness_lufs": result.loudness_lufs,
        "clips": [
            describe_clip(clip, name) for clip, name in zip(result.clip_records, names, strict=True)
        ],
        "run": {**result.run, "host": platform.node(), "python": platform.python_version()},
    }


def describe_clip(clip: Clip, name: str) -> dict[str, Any]:
    """Return what the manifest says of one clip."""
    aligned, control = clip.aligned, clip.control
    data = clip.to_wav()
    return {
        "file": name,
        "sha256": digest_bytes(data),
        "n_bytes": len(data),
        "sr": clip.audio.sr,
        "n_samples": len(clip.audio.y),
        "kind": clip.kind,
        "target": clip.target,
        "components": list(clip.components),
        "area_share": clip.area_share,
        "energy_share": clip.energy_share,
        "overlap_with_kept": clip.overlap_with_kept,
        "difference_to_kept": None if control is None else control.difference,
        "difference_unit": None if control is None else control.unit,
        "is_within_tolerance": None if control is None else control.is_within_tolerance,
        "fill": clip.fill,
        "phase_source": clip.phase_source,
        "loudness_before_lufs": _finite(aligned.loudness_before),
        "loudness_after_lufs": _finite(aligned.loudness_after),
        "gain_db": aligned.gain_db,
        "gain_capped": aligned.is_gain_capped,
        "peak_limited": aligned.is_peak_limited,
        "true_peak_dbtp": _finite(aligned.true_peak_dbtp),
        "is_silent": aligned.is_silent,
        "note": _note_clip(clip),
        "output_scored": clip.output_scored,
        "output_before_alignment": clip.output_before,
        "output_after_alignment": clip.output_after,
        "gap_before_alignment": clip.gap_before,
        "gap_after_alignment": clip.gap_after,
    }


def name_clips(result: Explanation) -> list[str]:
    """Return each clip's file name, in the order of ``clip_records``."""
    targets = result.recipe.targets
    return [
        "original.wav"
        if clip.target is None
        else f"{name_target(clip.target, targets.index(clip.target))}_{clip.kind}.wav"
        for clip in result.clip_records
    ]


def _note_clip(clip: Clip) -> str | None:
    notes = []
    if clip.aligned.is_silent:
        notes.append("This clip is silent (below −70 LUFS); loudness alignment left it alone.")
    if clip.aligned.is_gain_capped:
        notes.append(
            "It would need more than 20 dB of gain: all clips come down to it, or it stays softer."
        )
    if clip.aligned.is_peak_limited:
        notes.append("Its peaks allow no more gain, so all clips come down to it.")
    control = clip.control
    if control is not None and control.is_within_tolerance is False:
        notes.append(
            f"No draw of 1,000 matched kept; this one differs by "
            f"{_say_difference(control.difference or 0.0, control.unit)}."
        )
    is_comparison = clip.kind in ("control_other_target", "control_other_seed")
    # Of equal area as well: an overlap of 1 alone may be a larger choice.
    if is_comparison and control and clip.overlap_with_kept == 1 and control.difference == 0:
        notes.append("It holds the same components as kept, so it controls for nothing.")
    return " ".join(notes) or None


def _say_difference(difference: float, unit: str | None) -> str:
    if unit == "dB":
        return format_signed(difference, "dB")
    return f"{format_signed(100 * difference, '%', 0)} of its area"


def _describe_front_end(front_end: Grid) -> dict[str, Any]:
    parameters: dict[str, Any] = asdict(front_end) if is_dataclass(front_end) else {}
    return {"name": type(front_end).__name__, "parameters": parameters}


def _describe_components(result: Explanation) -> list[dict[str, Any]]:
    components, analysis = result.components, result.analysis
    low, high = analysis.front_end.band_edges()
    described = []
    for i in range(components.n):
        bands, frames = components.find_extent(i)
        described.append(
            {
                "component": i,
                "name": components.names[i],
                "area_share": float(components.area_shares[i]),
                "energy_share": float(components.energy_shares[i]),
                "is_audible": bool(components.is_audible[i]),
                "seconds": [round(second, 4) for second in analysis.find_seconds(frames)],
                "hz": [round(float(low[bands.start]), 2), round(float(high[bands.stop - 1]), 2)],
            }
        )
    return described


def _write_arrays(result: Explanation, path: Path) -> None:
    """Masks are packed eight to a byte along components; ``n_components`` unpacks them."""
    temporary = path.with_name(path.stem + ".part.npz")
    np.savez_compressed(
        temporary,
        **_describe_parts(result),
        picture=result.analysis.picture.astype(np.float16),
        weights=result.weights,
        intercepts=result.attribution.intercepts,
        masks=np.packbits(result.attribution.masks, axis=1),
        outputs=result.attribution.outputs.astype(np.float32),
        n_components=np.int64(result.components.n),
        curve_shares=next(iter(result.curves.values())).shares,
        deletion=np.stack([curves.deletion for curves in result.curves.values()]),
        insertion=np.stack([curves.insertion for curves in result.curves.values()]),
    )
    os.replace(temporary, path)


def _describe_parts(result: Explanation) -> dict[str, Any]:
    """Patches as labels, sources as their shares of each cell of the picture."""
    if isinstance(result.components, Sources):
        return {"cell_shares": result.components.cell_shares.astype(np.float16)}
    return {"labels": result.components.territory.astype(np.uint16)}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
