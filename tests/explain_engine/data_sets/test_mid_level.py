from __future__ import annotations

import numpy as np
import pytest

from explain_engine.data_sets.mid_level import load_mid_level, split_mid_level
from explain_engine.data_sets.tables import DataSetError
from tests.explain_engine.data_sets.fixtures import write_mid_level


def test_published_layout_with_its_quirks_is_read(tmp_path):
    root = write_mid_level(tmp_path, n_songs=4)
    songs = load_mid_level(root)
    assert [song.song_id for song in songs] == [1, 2, 3, 4]
    assert songs[0].features == pytest.approx((0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17))
    assert songs[1].source == "soundtracks"
    assert songs[1].source_id == "002.mp3"
    assert songs[1].artist == "Müller; Söhne"
    assert songs[2].find_audio(root).name == "3.mp3"


def test_other_copies_names_of_columns_are_known(tmp_path):
    root = write_mid_level(tmp_path, n_songs=2)
    path = root / "metadata_annotations" / "annotations.csv"
    text = path.read_text().replace("tonal_stability", "atonality").replace("minorness", "mode")
    path.write_text(text)
    assert load_mid_level(root)[1].features[6] == pytest.approx(0.27)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("dissonance", "dis", "must have a column for dissonance, it has"),
        ("song_id", "id", "must have the column 'song id', it has"),
        ("1.1,", "loud,", "must hold numbers in 'melody', got 'loud'"),
        ("1.1,", "11.5,", "must hold ratings of 0 to 10 in 'melody', got '11.5'"),
        ("\n2,", "\n1,", "must hold each song once, got 1 twice"),
        ("\n2,", "\nx,", "must number its tracks, got 'x'"),
    ],
)
def test_broken_table_is_refused_with_a_sentence(tmp_path, old, new, sentence):
    root = write_mid_level(tmp_path, n_songs=3)
    path = root / "metadata_annotations" / "annotations.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DataSetError, match=sentence):
        load_mid_level(root)


def test_missing_table_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(DataSetError, match=r"must hold annotations\.csv"):
        load_mid_level(tmp_path)


def test_missing_sound_is_refused_with_a_sentence(tmp_path):
    root = write_mid_level(tmp_path, n_songs=1)
    (root / "audio" / "1.mp3").unlink()
    with pytest.raises(DataSetError, match="must hold the sound of track 1, it does not"):
        load_mid_level(root)[0].find_audio(root)


def test_split_tests_on_artists_that_occur_once(tmp_path):
    songs = load_mid_level(write_mid_level(tmp_path, n_songs=50, write_sound=False))
    train, validation, test = split_mid_level(songs)
    assert len(test) == 4
    artists = [song.artist for song in songs]
    assert all(artists.count(artists[row]) == 1 for row in test)
    np.testing.assert_array_equal(np.sort(np.concatenate((train, validation, test))), np.arange(50))


def test_split_is_the_same_for_the_same_seed(tmp_path):
    songs = load_mid_level(write_mid_level(tmp_path, n_songs=50, write_sound=False))
    first, again, other = (split_mid_level(songs, seed=seed)[0].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other
