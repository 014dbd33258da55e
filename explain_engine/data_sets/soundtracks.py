"""Soundtracks: 360 excerpts of film music with eight emotion ratings each (set 1).

Layout (osf.io/p6vkg): ``Set1/001.mp3`` … ``360.mp3`` and ``mean_ratings_set1.csv`` with
``number``, the emotions and ``TARGET``; the file starts with a byte order mark and its numbers
are padded with zeros. Other copies write ``Number`` and end in two empty columns. Ratings run
from 1 to 9 and are divided by ten here, like the features'.

Source: Eerola & Vuoskoski, "A comparison of the discrete and dimensional models of emotion in
music", Psychology of Music 39 (2011), 18-49.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explain_engine.data_sets.mid_level import MidLevelSong
from explain_engine.data_sets.tables import (
    DataSetError,
    find_audio,
    read_rating,
    read_table,
    read_track_number,
)
from explain_engine.networks.names import EMOTIONS

TABLE = "mean_ratings_set1.csv"
SOURCE = "soundtracks"  # what the mid-level metadata call this set


@dataclass(frozen=True)
class SoundtracksTrack:
    """One excerpt.

    Parameters
    ----------
    number : int
        1 to 360.
    emotions : tuple of float
        In the order of `EMOTIONS`, ratings divided by ten.
    label : str
        What the excerpt was chosen for (``TARGET``).
    """

    number: int
    emotions: tuple[float, ...]
    label: str = ""

    def find_audio(self, root: Path) -> Path:
        """Its sound file under the data set's folder."""
        folder = next((root / f for f in ("Set1", "set1") if (root / f).is_dir()), root)
        return find_audio(folder, (f"{self.number:03d}", str(self.number)))


def load_soundtracks(root: Path) -> list[SoundtracksTrack]:
    """Read set 1's table.

    Parameters
    ----------
    root : pathlib.Path
        The folder that holds the table (or holds it in ``Set1``).

    Returns
    -------
    list of SoundtracksTrack
        By number.

    Raises
    ------
    DataSetError
        When the table is missing or breaks the layout.
    """
    path = next((p for p in (root / TABLE, root / "Set1" / TABLE) if p.is_file()), root / TABLE)
    tracks = {}
    for row in read_table(path, required=("number", *EMOTIONS)):
        number = read_track_number(row["number"], path)
        if number in tracks:
            raise DataSetError(f"{path.name} must hold each track once, got {number} twice.")
        emotions = tuple(read_rating(row[emotion], emotion, path) for emotion in EMOTIONS)
        tracks[number] = SoundtracksTrack(number, emotions, row.get("target", ""))
    return [tracks[number] for number in sorted(tracks)]


def split_soundtracks(n: int, *, seed: int = 42) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows for training (80 %), validation and test (10 % each), as in the papers' later code.

    Parameters
    ----------
    n : int
        Tracks.
    seed : int
        Of the draw.

    Returns
    -------
    train, validation, test : numpy.ndarray of int
        Rows, sorted, without overlap.
    """
    if n < 10:
        raise DataSetError(f"A split needs 10 tracks or more, got {n}.")
    order = np.random.default_rng(seed).permutation(n)
    n_part = n // 10
    return (
        np.sort(order[2 * n_part :]),
        np.sort(order[:n_part]),
        np.sort(order[n_part : 2 * n_part]),
    )


def join_mid_level(
    tracks: Sequence[SoundtracksTrack], songs: Sequence[MidLevelSong]
) -> list[tuple[SoundtracksTrack, MidLevelSong | None]]:
    """Find each track's clip in the mid-level set, by its ``Source`` and ``ID at file source``.

    Parameters
    ----------
    tracks : sequence of SoundtracksTrack
        The emotions.
    songs : sequence of MidLevelSong
        The features.

    Returns
    -------
    list of (SoundtracksTrack, MidLevelSong or None)
        None where the mid-level set lacks the track.
    """
    by_number = {}
    for song in songs:
        if song.source.strip().lower() == SOURCE:
            digits = song.source_id.lower().removesuffix(".mp3").strip()
            if digits.isdigit():
                by_number[int(digits)] = song
    return [(track, by_number.get(track.number)) for track in tracks]
