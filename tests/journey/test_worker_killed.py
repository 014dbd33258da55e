"""A worker that dies in the middle of an explanation loses nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(400)

ASK = """
from evalsite.clips.models import Model, Recording
from evalsite.clips.services import request_explanation
explanation, is_new = request_explanation(
    recording=Recording.objects.get(), model=Model.objects.get(name="vibenet"),
    recipe={"targets": ["energy"], "start": 20.0, "duration": 3.0, "n_samples": 240,
            "stability": None},
)
print(explanation.pk)
"""
READ = """
import json
from evalsite.clips.models import Explanation
e = Explanation.objects.get()
print(json.dumps({"state": e.state, "attempts": e.attempts, "done": e.progress_done,
                  "error": e.error, "blobs": sorted({c.blob for c in e.clips.all()}),
                  "n_clips": e.clips.count()}))
"""


def wait_for(
    stack: Stack, is_reached: Callable[[dict], bool], *, seconds: float
) -> tuple[dict, float]:
    began = time.monotonic()
    while True:
        found = json.loads(stack.query(READ))
        if is_reached(found):
            return found, time.monotonic() - began
        assert time.monotonic() - began < seconds, (found, stack.read_log("worker-engine"))
        time.sleep(0.2)


def test_explanation_is_finished_by_the_next_worker_after_kill_9(
    live_stack: Stack, song_paths: list[Path], tmp_path: Path
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    (music / "song.ogg").write_bytes(song_paths[0].read_bytes())
    live_stack.manage("import_recordings", str(music), "--owner", "researcher")
    live_stack.query(ASK)
    wait_for(live_stack, lambda found: found["done"] > 0, seconds=120)

    live_stack.kill_worker()
    live_stack.find("worker-engine")
    found, seconds = wait_for(live_stack, lambda found: found["state"] == "done", seconds=150)

    assert found["attempts"] == 2
    assert found["n_clips"] == 5
    stored = [path for path in (live_stack.data_dir / "store").rglob("*") if path.is_file()]
    assert {blob for blob in found["blobs"]} <= {path.name for path in stored}
    assert [path for path in stored if path.parent.name == "incoming"] == []
    print(f"finished {seconds:.0f} s after the kill")
