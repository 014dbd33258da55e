"""Which features travel together: all of the Mid-level set beside its Soundtracks part.

python examples/correlations_of_the_data_sets.py OUT MID_LEVEL SOUNDTRACKS

MID_LEVEL and SOUNDTRACKS are the folders of the data sets as they are published; no sound is read.
The emotions are known for the Soundtracks part alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from explain_engine.correlations import describe_correlations
from explain_engine.correlations_figure import correlations_svg
from explain_engine.data_sets.mid_level import load_mid_level
from explain_engine.data_sets.soundtracks import join_mid_level, load_soundtracks
from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.numbers import format_number
from explain_engine.pictures import write_picture


def main(out: str, mid_level: str, soundtracks: str) -> None:
    songs = load_mid_level(Path(mid_level))
    pairs = join_mid_level(load_soundtracks(Path(soundtracks)), songs)
    rated = [(track, song) for track, song in pairs if song is not None]
    whole = np.array([song.features for song in songs])
    part = np.array([song.features for _, song in rated])

    print(f"{'':<40} all {len(whole):,}   Soundtracks {len(part):,}")
    everywhere, there = np.corrcoef(whole.T), np.corrcoef(part.T)
    for i, one in enumerate(FEATURES):
        for j, other in enumerate(FEATURES[:i]):
            r, s = format_number(everywhere[i, j]), format_number(there[i, j])
            print(f"{one + ', ' + other:<40} {r:>7} {s:>12}")

    Path(out).mkdir(parents=True, exist_ok=True)
    for number, emotion in enumerate(EMOTIONS):
        report = describe_correlations(
            part,
            np.array([track.emotions[number] for track, _ in rated]),
            rng=np.random.default_rng(0),
            names=FEATURES,
            target_name=emotion,
            n_resamples=400,
        )
        write_picture(Path(out) / f"correlations_{emotion}", correlations_svg(report))
        for row in report.rows:
            if row.warnings:
                print(f"{emotion}: {row.sentence}")


if __name__ == "__main__":
    main(*sys.argv[1:])
