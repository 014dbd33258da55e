"""The demo: own files in, a real worker in between, an open study out; twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from evalsite.clips.models import Clip, Explanation, Recording
from evalsite.processes.children import Child
from evalsite.studies.models import Item, Study
from tests.clips.sounds import encode, make_tone

pytestmark = pytest.mark.django_db(transaction=True)


def count_everything() -> list[int]:
    return [m.objects.count() for m in (User, Recording, Explanation, Clip, Study, Item)]


def test_demo_ends_in_an_open_study_and_can_be_run_again(
    start_worker: Callable[[str], Child], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.wav").write_bytes(encode(make_tone()))
    (tmp_path / "two.flac").write_bytes(encode(make_tone(2.5), form="FLAC"))
    (tmp_path / "notes.wav").write_bytes(b"Dear diary\n" * 99)
    start_worker("engine")
    call_command("demo", music=tmp_path, timeout=120)
    said = capsys.readouterr()
    assert "2 of 2 explained" in said.out
    assert '"notes.wav" holds text' in said.err
    study = Study.objects.get()
    assert study.state == Study.State.OPEN
    assert study.owner.username == "researcher"
    assert {item.recording.title for item in study.items.filter(kind="main")} == {
        "one",
        "two",
    }
    before = count_everything()
    call_command("demo", music=tmp_path, timeout=120)
    assert count_everything() == before


def test_demo_without_a_worker_gives_up_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(encode(make_tone()))
    with pytest.raises(CommandError, match=r"1 explanations? still wait.* is a worker running"):
        call_command("demo", music=tmp_path, timeout=1)


def test_demo_names_a_folder_without_music(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="must hold WAV, FLAC, OGG or MP3 files"):
        call_command("demo", music=tmp_path, timeout=1)
    with pytest.raises(CommandError, match="--music must be a folder"):
        call_command("demo", music=tmp_path / "missing", timeout=1)
