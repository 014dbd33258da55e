"""Every bad file: a sentence, no row, no file, little memory, little time."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from evalsite.clips.models import Recording
from evalsite.clips.services import clean_file_name
from evalsite.common.blobs import find_blob
from evalsite.common.errors import EarwitnessError
from tests.clips.sounds import ACCEPTED, REFUSED, TEXT_REFUSAL, encode, make_tone

pytestmark = pytest.mark.django_db

Store = Callable[..., tuple[Recording, bool]]
MAX_PEAK_KB = 150_000


def list_files() -> set[Path]:
    folders = (settings.STORAGE_DIR, settings.DATA_DIR / "tmp")
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def read_peaks(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [int(kb) for kb in re.findall(r"peak memory (\d+) kB", caplog.text)]


@pytest.mark.parametrize("name", REFUSED)
def test_bad_file_is_refused_by_a_sentence(
    name: str, user: User, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    file_name, make, reason = REFUSED[name]
    data, before = make(), list_files()
    caplog.set_level(logging.INFO)
    begun = time.monotonic()
    with pytest.raises(EarwitnessError, match=re.escape(reason)) as caught:
        store(user, data, file_name)
    sentence = str(caught.value)
    assert sentence[0].isupper() or sentence[0] == '"'
    assert sentence.endswith(".")
    assert not Recording.objects.exists()
    assert list_files() == before
    assert max(read_peaks(caplog)) < MAX_PEAK_KB
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("name", ACCEPTED)
def test_unusual_file_is_taken_whole(
    name: str, user: User, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    make, channels, sr, n_samples = ACCEPTED[name]
    caplog.set_level(logging.INFO)
    recording, is_new = store(user, make())
    assert is_new
    assert (recording.n_channels, recording.sample_rate, recording.n_samples) == (
        channels,
        sr,
        n_samples,
    )
    stored = sf.info(find_blob(recording.blob))
    assert (stored.format, stored.subtype) == ("FLAC", "PCM_24")
    assert (stored.channels, stored.samplerate, stored.frames) == (channels, sr, n_samples)
    assert b"<script>" not in find_blob(recording.blob).read_bytes()
    assert max(read_peaks(caplog)) < MAX_PEAK_KB


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_stored_samples_equal_the_files(user: User, store: Store, subtype: str) -> None:
    data = encode(make_tone(channels=2), subtype=subtype)
    recording, _ = store(user, data)
    uploaded, _ = sf.read(io.BytesIO(data), dtype="int32")
    stored, _ = sf.read(find_blob(recording.blob), dtype="int32")
    assert np.array_equal(stored, uploaded)


def test_samples_beyond_full_scale_are_counted(user: User, store: Store) -> None:
    y = make_tone() * 5
    recording, _ = store(user, encode(y, subtype="FLOAT"))
    assert recording.n_clipped == np.count_nonzero(np.abs(y.astype(np.float32)) > 1)
    stored, _ = sf.read(find_blob(recording.blob))
    assert np.abs(stored).max() <= 1.0


def test_envelope_follows_the_sound(user: User, store: Store) -> None:
    y = np.concatenate([np.zeros(16_000), np.full(16_000, 0.5), np.zeros(16_000)])
    recording, _ = store(user, encode(y))
    third = len(recording.envelope) // 3
    assert max(recording.envelope[: third - 1]) == 0
    assert recording.envelope[third + 2 : 2 * third - 2] == [0.5] * (third - 4)


def test_same_samples_twice_are_one_recording(user: User, store: Store) -> None:
    steps = np.round(make_tone() * 32767).astype(np.int16)
    first, is_new = store(user, encode(steps, subtype="PCM_16"), "first.wav")
    before = list_files()
    second, is_new_again = store(user, encode(steps, form="FLAC", subtype="PCM_16"), "b.flac")
    assert (is_new, is_new_again) == (True, False)
    assert second == first
    assert list_files() == before


def test_two_owners_have_a_recording_each(user: User, stranger: User, store: Store) -> None:
    mine, _ = store(user, encode(make_tone()))
    other, is_new = store(stranger, encode(make_tone()))
    assert is_new
    assert other != mine
    assert other.blob == mine.blob


def test_other_samples_are_another_recording(user: User, store: Store) -> None:
    first, _ = store(user, encode(make_tone()))
    second, is_new = store(user, encode(make_tone(2.9)))
    assert is_new
    assert second != first


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/x.wav", "x.wav"),
        ("C:\\music\\x.wav", "x.wav"),
        ("a\x00b\nc.wav", "abc.wav"),
        ("evil\u202egnp.wav", "evilgnp.wav"),
        ("...", "recording"),
        ("", "recording"),
        (".wav", "wav"),
        ("é" * 300 + ".wav", "é" * 73 + ".wav"),
        ("Prelude in E minor.flac", "Prelude in E minor.flac"),
    ],
)
def test_file_names_are_not_trusted(given: str, cleaned: str) -> None:
    assert clean_file_name(given) == cleaned


def test_hostile_name_stays_inside(user: User, store: Store, tmp_path: Path) -> None:
    recording, _ = store(user, encode(make_tone()), "../../../tmp/\u202e../x.wav")
    assert recording.file_name == "x.wav"
    assert recording.title == "x"


def test_too_large_file_is_refused_unread(user: User, store: Store) -> None:
    with (
        override_settings(UPLOAD_MAX_BYTES=2**20),
        pytest.raises(EarwitnessError, match=r'may be 1 MB, "big.wav" is 2 MB'),
    ):
        store(user, bytes(2 * 2**20), "big.wav")


def post(client: Client, *files: tuple[str, bytes], **headers: str):
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(reverse("upload"), {"files": sent}, headers=headers)


def test_upload_keeps_no_more_than_the_limit(signed_in: Client) -> None:
    with override_settings(UPLOAD_MAX_BYTES=100_000):
        response = post(signed_in, ("big.wav", bytes(3_000_000)), Accept="application/json")
    assert response.status_code == 400
    assert "may be 0 MB" in response.json()["files"][0]["sentence"]


def test_upload_page_takes_several_files_without_script(signed_in: Client) -> None:
    good = encode(make_tone())
    response = post(
        signed_in, ("one.wav", good), ("two.wav", good), ("notes.wav", b"Dear diary\n" * 99)
    )
    assert response.status_code == 400
    page = response.content.decode()
    assert "Added as “one”." in page
    assert "Already in your library as “one”: the same samples." in page
    assert TEXT_REFUSAL in page
    assert Recording.objects.count() == 1


def test_upload_answers_a_script_in_json(signed_in: Client) -> None:
    response = post(signed_in, ("one.wav", encode(make_tone())), Accept="application/json")
    recording = Recording.objects.get()
    assert response.status_code == 200
    assert response.json() == {
        "files": [
            {
                "file_name": "one.wav",
                "sentence": "Added as “one”.",
                "url": reverse("recording", args=[recording.pk]),
                "is_new": True,
            }
        ]
    }


def test_one_good_file_leads_to_its_page(signed_in: Client) -> None:
    response = post(signed_in, ("one.wav", encode(make_tone())))
    assert response.url == reverse("recording", args=[Recording.objects.get().pk])


def test_upload_of_nothing_asks_for_a_file(signed_in: Client) -> None:
    response = signed_in.post(reverse("upload"), {})
    assert response.status_code == 400
    assert "Choose at least one WAV, FLAC, OGG or MP3 file." in response.content.decode()


def test_child_gets_no_secret(user: User, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment a decoder runs in, read from the process itself."""
    seen: list[dict[str, str]] = []
    run = subprocess.run

    def spy(*arguments, **options):
        seen.append(options["env"])
        return run(*arguments, **options)

    monkeypatch.setattr(subprocess, "run", spy)
    store(user, encode(make_tone()))
    assert not {"SECRET_KEY", "DATABASE_URL", "BROKER_URL"} & set(seen[0])
