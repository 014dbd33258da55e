"""What a worker makes of an explanation, with the real engine."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from evalsite.clips import engine
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.services import (
    lease_explanation,
    request_explanation,
    run_explanation,
)
from evalsite.clips.services.jobs import find_answers, stopping
from evalsite.common.blobs import find_blob
from tests.clips.conftest import RECIPE
from tests.clips.sounds import encode, make_tone

pytestmark = pytest.mark.django_db(transaction=True)

State = Explanation.State


def test_run_explains_with_the_real_engine(queued: Explanation) -> None:
    run_explanation(pk=queued.pk)
    queued.refresh_from_db()
    assert (queued.state, queued.error, queued.attempts) == (State.DONE, "", 1)
    assert queued.clips.count() == 9
    assert queued.manifest["recording_digest"] == queued.recording.sha256
    assert not list((settings.DATA_DIR / "tmp").glob("explanation-*"))


def test_same_recipe_makes_the_same_clips(queued: Explanation, done: Explanation) -> None:
    """The fixture's clips come from the engine itself, these from the worker's path."""
    before = {(clip.target, clip.kind): clip.blob for clip in done.clips.all()}
    done.clips.all().delete()
    Explanation.objects.update(state=State.QUEUED)
    run_explanation(pk=queued.pk)
    after = {(clip.target, clip.kind): clip.blob for clip in queued.clips.all()}
    assert after == before


def test_what_a_killed_attempt_left_goes_away(queued: Explanation) -> None:
    left = settings.DATA_DIR / "tmp" / f"explanation-{queued.pk}-killed"
    left.mkdir()
    (left / "half.wav").write_bytes(b"RIFF")
    run_explanation(pk=queued.pk)
    assert not left.exists()


def test_next_attempt_goes_on_from_the_answers_of_a_killed_one(queued: Explanation) -> None:
    killed = lease_explanation(pk=queued.pk)
    assert killed is not None
    recording = find_blob(killed.recording.blob)
    asked = iter(range(1000))
    with pytest.raises(engine.Cancelled):
        engine.explain_recording(
            path=recording,
            recipe=killed.recipe,
            out_dir=settings.DATA_DIR / "tmp" / "unused",
            device=killed.device,
            dtype=killed.dtype,
            progress=lambda done, total: None,
            is_cancelled=lambda: next(asked) >= 2,
            answers=find_answers(killed),
        )
    Explanation.objects.update(state=State.QUEUED)

    run_explanation(pk=queued.pk)

    queued.refresh_from_db()
    assert (queued.state, queued.error) == (State.DONE, "")
    assert queued.manifest["run"]["n_reused"] == 16
    assert not find_answers(queued).exists()


def test_stopping_worker_puts_the_work_back(queued: Explanation) -> None:
    stopping.set()
    try:
        run_explanation(pk=queued.pk)
    finally:
        stopping.clear()
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (State.QUEUED, 0)


def test_refusal_of_the_engine_reaches_the_page(
    signed_in: Client, user, store, model: Model
) -> None:
    silent, _ = store(user, encode(make_tone() * 0), "silent.wav")
    explanation, _ = request_explanation(recording=silent, model=model, recipe=RECIPE)
    run_explanation(pk=explanation.pk)
    explanation.refresh_from_db()
    assert explanation.state == State.FAILED
    assert explanation.attempts == 1
    page = signed_in.get(reverse("explanation", args=[explanation.pk])).content.decode()
    assert "is silent." in page
    assert "Retry" in page
    assert "silent." in signed_in.get(reverse("library")).content.decode()


def test_lost_file_is_a_sentence(queued: Explanation) -> None:
    Recording.objects.update(blob="0" * 64)
    run_explanation(pk=queued.pk)
    queued.refresh_from_db()
    assert queued.error == 'The file of "tone" is no longer in the store.'


def test_unexpected_error_is_named(queued: Explanation, caplog: pytest.LogCaptureFixture) -> None:
    """A folder in the place of the stored file is nothing that any code expects."""
    folder = settings.DATA_DIR / "tmp" / "blocked"
    folder.mkdir()
    with override_settings(FILE_UPLOAD_TEMP_DIR=str(folder / "missing")):
        run_explanation(pk=queued.pk)
    queued.refresh_from_db()
    assert queued.state == State.FAILED
    assert queued.error.startswith("Something unexpected happened: FileNotFoundError.")
    assert "Traceback" in caplog.text


def test_old_request_is_not_answered_by_a_new_engine(queued: Explanation) -> None:
    Explanation.objects.update(engine_version="0.0.1")
    run_explanation(pk=queued.pk)
    queued.refresh_from_db()
    assert queued.error.startswith("This was asked of engine 0.0.1, the worker runs")
