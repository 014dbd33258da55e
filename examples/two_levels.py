"""One song at two levels: what an emotion was built from, and where each part of it was heard.

python examples/two_levels.py OUT [SONG]      (without a song, the engine plays one)
"""

from __future__ import annotations

import sys
from pathlib import Path

from explain_engine import Recipe, explain, load_audio
from explain_engine.audio import choose_excerpt
from explain_engine.effects import list_effects
from explain_engine.numbers import format_number, format_signed
from explain_engine.rendering import render


def main(out: str, song: str | None = None) -> None:
    audio = render("bach_prelude_c", 22_050) if song is None else load_audio(song)
    start, duration = choose_excerpt(len(audio.y) / audio.sr, 6.0)
    recipe = Recipe(
        model="a2mid2e",
        targets=("valence", "minorness"),
        start=start,
        duration=duration,
        n_samples=150,
        segmenter_parameters={"n_components": 16},
        n_selected=4,
        seed=0,
    )
    result = explain(audio, recipe)

    # Level 1: weight × value, and what sets this excerpt apart from the model's reference.
    (valence,) = list_effects(result.level1, ["valence"])
    print(f"valence {format_number(valence['output'])}, of it a constant of "
          f"{format_number(valence['intercept'])}")  # fmt: skip
    for row in valence["effects"]:
        effect = format_signed(row["effect"], digits=2)
        centred = format_signed(row["centred"], digits=2)
        print(f"  {row['feature']:<18} {effect}   against the mean {centred}")

    # Level 2: the sound that speaks for each, and how far to trust it.
    for target in recipe.targets:
        print(f"{target}: {result.verdicts[target]}")

    result.save(out, png=True)
    print(f"Look and listen: {Path(out) / 'explanation.html'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
