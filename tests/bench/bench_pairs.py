"""Every segmenter with every explainer on a real song, both models: seconds and scores.

The table goes into ``docs/segmenters-and-explainers.md``; one row of the benchmarks names it.
"""

from __future__ import annotations

import datetime
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from explain_engine import Audio, Recipe, explain, load_audio
from explain_engine.errors import EngineError
from explain_engine.numbers import format_number
from explain_engine.recipe import EXPLAINERS, SEGMENTERS
from tests.bench.__main__ import describe_machine
from tests.support import environment
from tests.support.provide import find_songs

TARGET = environment.ROOT / "docs" / "segmenters-and-explainers.md"
START, SECONDS, N_SAMPLES = 60.0, 5.0, 200
TARGETS = {"a2mid2e": "valence", "vibenet": "energy"}
# Trying every combination is for few components.
FEW = {
    "beats": {"max_components": 8},
    "felzenszwalb": {"n_components": 8},
    "frequency": {"n_components": 8},
    "grid": {"n_times": 4, "n_bands": 2},
    "nmf": {"n_components": 4},
    "slic": {"n_components": 8},
    "time": {"n_components": 8},
}
SCORES = ("held_out_r2", "stability", "top_overlap", "insertion", "deletion", "kept_over_control")
HEADS = (
    "Segmenter", "Explainer", "Components", "Forwards", "CPU, s",
    "Held-out R²", "Stability", "Overlap", "Insertion", "Deletion", "Kept − control",
)  # fmt: skip


def run() -> list[dict[str, Any]]:
    song = find_songs()[0]
    began = time.process_time()
    lines, n_done = [], 0
    with tempfile.TemporaryDirectory() as folder:
        audio = load_audio(song, start=START, duration=SECONDS)
        stems = write_stems(audio, Path(folder))
        for model, target in TARGETS.items():
            explain(audio, make_recipe(model, "time", "occlusion", stems), threads=1)  # loads
            lines += ["", f"## {model}: {target}", "", *make_head()]
            for line in measure_model(audio, model, stems):
                lines.append(line)
                n_done += 1
    write_report(song, lines)
    return [
        {
            "work": f"{n_done} pairs of segmenter and explainer, two models",
            "ours_s": time.process_time() - began,
            "note": f"CPU seconds, one thread, {SECONDS:g} s of a song: docs/{TARGET.name}",
        }
    ]


def measure_model(audio: Audio, model: str, stems: list[str]) -> Iterator[str]:
    for segmenter in SEGMENTERS.names():
        for explainer in EXPLAINERS.names():
            started = time.process_time()
            try:
                result = explain(audio, make_recipe(model, segmenter, explainer, stems), threads=1)
            except EngineError as error:
                yield f"| {segmenter} | {explainer} | {error} |" + " |" * (len(HEADS) - 3)
                continue
            scores = result.scores_for(TARGETS[model])
            cells = [
                segmenter,
                explainer,
                str(result.components.n),
                f"{result.run['n_forwards']:,}",
                f"{time.process_time() - started:.1f}",
            ]
            for name in SCORES:
                value = scores[name].value if name in scores else None
                cells.append("–" if value is None else format_number(value))
            yield "| " + " | ".join(cells) + " |"


def make_recipe(model: str, segmenter: str, explainer: str, stems: list[str]) -> Recipe:
    parameters: dict[str, Any] = {"files": stems} if segmenter == "stems" else {}
    if explainer == "exhaustive":
        parameters = parameters or FEW.get(segmenter, {})
    return Recipe(
        model=model,
        targets=(TARGETS[model],),
        start=START,
        duration=SECONDS,
        n_samples=N_SAMPLES,
        stability=None,
        segmenter=segmenter,
        segmenter_parameters=parameters,
        explainer=explainer,
    )


def write_stems(audio: Audio, folder: Path) -> list[str]:
    """Two stems that add up to the excerpt: what lies below 500 Hz, and above."""
    spectrum = np.fft.rfft(audio.y)
    hz = np.fft.rfftfreq(len(audio.y), 1 / audio.sr)
    lead = np.zeros(round(audio.offset * audio.sr), dtype=np.float32)
    paths = []
    for name, is_in in (("low", hz < 500), ("high", hz >= 500)):
        part = np.fft.irfft(spectrum * is_in, len(audio.y)).astype(np.float32)
        paths.append(str(folder / f"{name}.wav"))
        soundfile.write(paths[-1], np.concatenate((lead, part)), audio.sr, subtype="FLOAT")
    return paths


def make_head() -> list[str]:
    return ["| " + " | ".join(HEADS) + " |", "|" + " --- |" * len(HEADS)]


def write_report(song: Path, lines: list[str]) -> None:
    text = [
        "# Segmenters and explainers",
        "",
        "Every valid pair on one real song, written by `make bench`. One excerpt: read it for what",
        "things cost and for what goes wrong, not for which is best.",
        "",
        f"- Date: {datetime.date.today().isoformat()}",
        *describe_machine()[1:],
        f"- {song.parent.name}, {START:g} to {START + SECONDS:g} s; domain audio, one thread, "
        f"{N_SAMPLES} samples where samples are drawn, seed 0, 7 components kept",
        "- `exhaustive` has at most 8 components, since it tries every combination; the stems are",
        "  what lies below and above 500 Hz",
        "- CPU seconds are of the whole explanation: segments, forward passes, clips, scores",
        "- Kept − control: the output on the kept clip over that on the better of two controls;",
        "  stability: of two halves of the samples; –: not defined for the explainer",
        *lines,
    ]
    TARGET.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    print(run())
