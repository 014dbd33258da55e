from __future__ import annotations

import numpy as np
import pytest

from explain_engine.data_sets.mid_level import load_mid_level
from explain_engine.data_sets.soundtracks import (
    join_mid_level,
    load_soundtracks,
    split_soundtracks,
)
from explain_engine.data_sets.tables import DataSetError
from tests.explain_engine.data_sets.fixtures import write_mid_level, write_soundtracks


@pytest.mark.parametrize("is_other_copy", [False, True])
def test_published_layouts_with_their_quirks_are_read(tmp_path, is_other_copy):
    root = write_soundtracks(tmp_path, n_tracks=3, is_other_copy=is_other_copy)
    tracks = load_soundtracks(root)
    assert [track.number for track in tracks] == [1, 2, 3]
    assert tracks[0].emotions == pytest.approx((0.17, 0.20, 0.23, 0.26, 0.29, 0.32, 0.35, 0.38))
    assert tracks[0].label == "ANGER_HIGH"
    assert tracks[1].find_audio(root).name == "002.mp3"


def test_tracks_meet_their_clips_of_the_mid_level_set(tmp_path):
    tracks = load_soundtracks(write_soundtracks(tmp_path, n_tracks=5, write_sound=False))
    songs = load_mid_level(write_mid_level(tmp_path, n_songs=4, write_sound=False))
    pairs = join_mid_level(tracks, songs)
    assert [song.song_id if song else None for _, song in pairs] == [None, 2, None, 4, None]


def test_split_is_eighty_ten_ten_without_overlap():
    train, validation, test = split_soundtracks(360)
    assert (len(train), len(validation), len(test)) == (288, 36, 36)
    assert len(np.unique(np.concatenate((train, validation, test)))) == 360


def test_too_small_a_set_is_refused_with_a_sentence():
    with pytest.raises(DataSetError, match=r"A split needs 10 tracks or more, got 9\."):
        split_soundtracks(9)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("valence", "mood", "must have the column 'valence', it has"),
        ("001,", "first,", "must number its tracks, got 'first'"),
        ("002,", "001,", "must hold each track once, got 1 twice"),
        ("1.70", "17", "must hold ratings of 0 to 10 in 'valence', got '17'"),
    ],
)
def test_broken_table_is_refused_with_a_sentence(tmp_path, old, new, sentence):
    root = write_soundtracks(tmp_path, n_tracks=2, write_sound=False)
    path = root / "mean_ratings_set1.csv"
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    with pytest.raises(DataSetError, match=sentence):
        load_soundtracks(root)
