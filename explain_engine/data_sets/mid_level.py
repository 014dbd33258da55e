"""Mid-level Perceptual Features: 5,000 clips of 15 s with seven ratings each.

Layout (osf.io/5aupt): ``metadata_annotations/annotations.csv`` (``song_id`` and the features,
headers with stray spaces), ``metadata_annotations/metadata.csv`` (semicolons; ``song id``,
``Source``, ``ID at file source``, ``Title``, ``Artist`` …), ``audio/<song_id>.mp3``. Ratings run
from 1 to 10 and are divided by ten here.

Source: Aljanaki & Soleymani, "A data-driven approach to mid-level perceptual musical feature
modeling", ISMIR 2018.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explain_engine.data_sets.tables import (
    DataSetError,
    find_audio,
    read_rating,
    read_table,
    read_track_number,
)
from explain_engine.networks.names import FEATURES

# Other names that circulating copies use.
_ALIASES = {
    "melody": "melodiousness",
    "melodiousness": "melodiousness",
    "articulation": "articulation",
    "rhythm complexity": "rhythm_complexity",
    "rhythmic complexity": "rhythm_complexity",
    "rhythm stability": "rhythm_stability",
    "rhythmic stability": "rhythm_stability",
    "dissonance": "dissonance",
    "tonal stability": "tonal_stability",
    "atonality": "tonal_stability",
    "minorness": "minorness",
    "mode": "minorness",
    "modality": "minorness",
}
TEST_SHARE = 0.08


@dataclass(frozen=True)
class MidLevelSong:
    """One clip.

    Parameters
    ----------
    song_id : int
        Its number.
    features : tuple of float
        In the order of `FEATURES`, ratings divided by ten.
    source, source_id, title, artist : str
        Where it comes from.
    """

    song_id: int
    features: tuple[float, ...]
    source: str = ""
    source_id: str = ""
    title: str = ""
    artist: str = ""

    def find_audio(self, root: Path) -> Path:
        """Its sound file under the data set's folder."""
        return find_audio(root / "audio", (str(self.song_id),))


def load_mid_level(root: Path) -> list[MidLevelSong]:
    """Read the data set's tables.

    Parameters
    ----------
    root : pathlib.Path
        The folder that holds ``metadata_annotations`` and ``audio``.

    Returns
    -------
    list of MidLevelSong
        By number; clips without annotation are left out.

    Raises
    ------
    DataSetError
        When a table is missing or breaks the layout.
    """
    folder = root / "metadata_annotations"
    path = folder / "annotations.csv"
    rows = read_table(path, required=("song id",))
    columns = _find_columns(rows, path)
    metadata = _read_metadata(folder / "metadata.csv")
    songs = {}
    for row in rows:
        song_id = read_track_number(row["song id"], path)
        if song_id in songs:
            raise DataSetError(f"{path.name} must hold each song once, got {song_id} twice.")
        features = tuple(read_rating(row.get(c, ""), c, path) for c in columns)
        songs[song_id] = MidLevelSong(song_id, features, **metadata.get(song_id, {}))
    return [songs[song_id] for song_id in sorted(songs)]


def split_mid_level(
    songs: list[MidLevelSong], *, seed: int = 42
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows for training, validation and test.

    The test takes songs by artists that occur once, 8 % of the set, as its authors did; a tenth
    of the rest validates.

    Parameters
    ----------
    songs : list of MidLevelSong
        The data set.
    seed : int
        Of the draw.

    Returns
    -------
    train, validation, test : numpy.ndarray of int
        Rows of `songs`, sorted, without overlap.
    """
    rng = np.random.default_rng(seed)
    counts = Counter(song.artist.lower() for song in songs)
    single = [
        row for row, song in enumerate(songs) if song.artist and counts[song.artist.lower()] == 1
    ]
    n_test = max(1, round(TEST_SHARE * len(songs)))
    pool = single if len(single) >= n_test else list(range(len(songs)))
    test = np.sort(rng.permutation(pool)[:n_test])
    rest = rng.permutation(np.setdiff1d(np.arange(len(songs)), test))
    n_validation = max(1, len(rest) // 10)
    return np.sort(rest[n_validation:]), np.sort(rest[:n_validation]), test


def _find_columns(rows: list[dict[str, str]], path: Path) -> list[str]:
    headers = list(rows[0]) if rows else []
    found = {_ALIASES[header]: header for header in headers if header in _ALIASES}
    for feature in FEATURES:
        if feature not in found:
            raise DataSetError(f"{path.name} must have a column for {feature}, it has {headers}.")
    return [found[feature] for feature in FEATURES]


def _read_metadata(path: Path) -> dict[int, dict[str, str]]:
    rows = read_table(path, required=("song id", "source", "id at file source"))
    return {
        read_track_number(row["song id"], path): {
            "source": row.get("source", ""),
            "source_id": row.get("id at file source", ""),
            "title": row.get("title", ""),
            "artist": row.get("artist", ""),
        }
        for row in rows
    }
