"""Effects over a data set as box plots, with one piece marked, as the papers show them.

python examples/effects_over_a_data_set.py OUT [FOLDER OF SOUND FILES]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from explain_engine import Audio, load_audio
from explain_engine.audio import choose_excerpt
from explain_engine.effects import summarise_effects
from explain_engine.effects_figure import effects_svg
from explain_engine.excerpt import resample
from explain_engine.models import load_model
from explain_engine.pictures import write_picture
from explain_engine.rendering import SCORES, render

SECONDS = 6.0


def main(out: str, folder: str | None = None) -> None:
    model = load_model("a2mid2e")
    if folder is None:
        pieces = {name: render(name, model.sr) for name in SCORES}
    else:
        pieces = {path.stem: load_audio(path) for path in sorted(Path(folder).iterdir())}
    outputs = np.stack([model(cut_middle(audio, model.sr))[0] for audio in pieces.values()])
    head = model.linear_head
    features = outputs[:, [model.targets.index(name) for name in head.features]]

    boxes = summarise_effects(features, head, marked=0, is_centred=True)
    Path(out).mkdir(parents=True, exist_ok=True)
    for emotion in ("valence", "tension"):
        write_picture(Path(out) / f"effects_{emotion}", effects_svg(boxes, emotion), png=True)
        strongest = max((b for b in boxes if b.emotion == emotion), key=lambda b: abs(b.marked))
        print(f"{next(iter(pieces))} differs most in {emotion} by its {strongest.feature}.")


def cut_middle(audio: Audio, sr: int) -> np.ndarray:
    start, duration = choose_excerpt(len(audio.y) / audio.sr, SECONDS)
    first = round(start * audio.sr)
    part = Audio(audio.y[first : first + round(duration * audio.sr)], audio.sr)
    return resample(part, sr, round(duration * sr))[None]


if __name__ == "__main__":
    main(*sys.argv[1:])
