"""Tiny data sets in the published layouts, quirks included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile as sf

EMOTIONS = ("valence", "energy", "tension", "anger", "fear", "happy", "sad", "tender")


def write_sound_file(path: Path, seed: int, seconds: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * 22_050)) / 22_050
    y = 0.5 * np.sin(2 * np.pi * (200 + 40 * seed) * time)
    sf.write(path, y, 22_050, format="MP3")


def write_mid_level(root: Path, *, n_songs: int, write_sound: bool = True) -> Path:
    """Stray spaces in headers, semicolons in the metadata, `song id` there and `song_id` here.

    Every second song is from Soundtracks; four of five artists occur once.
    """
    folder = root / "midlevel" / "metadata_annotations"
    folder.mkdir(parents=True)
    lines = [
        "song_id, melody, articulation ,rhythm_complexity, rhythm_stability,dissonance,"
        " tonal_stability, minorness"
    ]
    meta = ['"song id";"Source";"ID at file source";"Title";"Artist";"Album"']
    for song in range(1, n_songs + 1):
        values = ", ".join(f"{(song - 1) % 9 + 1 + k / 10:.1f}" for k in range(1, 8))
        lines.append(f"{song}, {values}".replace(", ", ",", 1))
        source = "soundtracks" if song % 2 == 0 else "magnatune"
        artist = "Müller; Söhne" if song == 2 else f"Artist {song}"
        artist = "The Same" if song % 5 == 0 else artist
        meta.append(f'{song};"{source}";"{song:03d}.mp3";"Title; {song}";"{artist}";""')
        if write_sound:
            write_sound_file(root / "midlevel" / "audio" / f"{song}.mp3", song)
    (folder / "annotations.csv").write_text("\n".join(lines) + "\n")
    (folder / "metadata.csv").write_text("\n".join(meta) + "\n", encoding="utf-8")
    return root / "midlevel"


def write_soundtracks(
    root: Path, *, n_tracks: int, is_other_copy: bool = False, write_sound: bool = True
) -> Path:
    """Byte order mark and padded numbers; or the other copy's `Number` and two empty columns."""
    folder = root / "soundtracks"
    (folder / "Set1").mkdir(parents=True)
    header = ",".join(("Number" if is_other_copy else "number", *EMOTIONS, "TARGET"))
    lines = [header + (",," if is_other_copy else "")]
    for track in range(1, n_tracks + 1):
        values = ",".join(f"{1 + (track * 7 + k * 3) % 64 / 10:.2f}" for k in range(8))
        number = str(track) if is_other_copy else f"{track:03d}"
        lines.append(f"{number},{values},ANGER_HIGH" + (",," if is_other_copy else ""))
        if write_sound:
            write_sound_file(folder / "Set1" / f"{track:03d}.mp3", track)
    encoding = "utf-8" if is_other_copy else "utf-8-sig"
    (folder / "mean_ratings_set1.csv").write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
    return folder
