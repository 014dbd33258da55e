"""A signed-in researcher, stored recordings, and one real explanation made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from evalsite.celery import app
from evalsite.clips import engine
from evalsite.clips.intake import read_upload
from evalsite.clips.models import Explanation, Model, Recording
from evalsite.clips.services import (
    finish_explanation,
    lease_explanation,
    request_explanation,
    store_recording,
    sync_models,
)
from evalsite.clips.services.outcome import publish_outcome
from evalsite.common.blobs import publish_file
from explain_engine.networks.names import FEATURES
from tests.clips.sounds import encode, make_tone
from tests.factories import make_user
from tests.support.environment import find_free_port

RECIPE = {
    "targets": ["valence", "energy"],
    "start": 0.5,
    "duration": 2.0,
    "n_samples": 16,
    "segmenter": "grid",
}


# Few components and samples: cheap, and the levels come out exactly all the same.
LEVELS_RECIPE = {
    "targets": ["valence", *FEATURES],
    "start": 0.5,
    "duration": 2.0,
    "n_samples": 16,
    "n_selected": 2,
    "controls": ["control_area"],
    "segmenter": "grid",
    "segmenter_parameters": {"n_times": 4, "n_bands": 3},
}

Intake = tuple[Path, dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """What the engine really wrote for RECIPE and `sound`."""

    sound: Path
    folder: Path
    manifest: dict[str, Any]


@contextmanager
def use_broker(port: int) -> Iterator[None]:
    """Publish to this port, whatever other tests have started elsewhere."""
    before = app.conf.broker_url
    app.conf.broker_url = f"redis://127.0.0.1:{port}/0"
    try:
        yield
    finally:
        app.conf.broker_url = before


@pytest.fixture
def no_broker() -> Iterator[None]:
    with use_broker(find_free_port()):
        yield


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_engine(tmp_path_factory.mktemp("engine"), {**RECIPE, "model": "vibenet"})


@pytest.fixture(scope="session")
def levels_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same sound, explained at two levels."""
    return run_engine(tmp_path_factory.mktemp("levels"), {**LEVELS_RECIPE, "model": "a2mid2e"})


def run_engine(folder: Path, recipe: dict[str, Any]) -> Run:
    sound = folder / "tone.wav"
    sound.write_bytes(encode(make_tone(), subtype="PCM_24"))
    manifest = engine.explain_recording(
        path=sound,
        recipe=recipe,
        out_dir=folder,
        device="cpu",
        dtype="float32",
        progress=lambda done, total: None,
        is_cancelled=lambda: False,
    )
    return Run(sound, folder, manifest)


@pytest.fixture
def user(db: None) -> User:
    return make_user("ada")


@pytest.fixture
def stranger(db: None) -> User:
    return make_user("eve")


@pytest.fixture
def model(db: None) -> Model:
    sync_models()
    return Model.objects.get(name="vibenet")


@pytest.fixture
def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def store(tmp_path: Path) -> Callable[..., tuple[Recording, bool]]:
    """store(owner, bytes, name): through the real intake."""

    def run(
        owner: User, data: bytes, name: str = "piece.wav", **options: str
    ) -> tuple[Recording, bool]:
        path = tmp_path / "upload"
        path.write_bytes(data)
        return store_recording(owner=owner, path=path, file_name=name, **options)

    return run


@pytest.fixture(scope="session")
def taken_in(
    real_run: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """What the intake makes of the sound: file and facts, without a process for each test."""
    flac = tmp_path_factory.mktemp("intake") / "recording.flac"
    return flac, read_upload(real_run.sound, flac)


@pytest.fixture
def recording(user: User, taken_in: Intake) -> Recording:
    flac, facts = taken_in
    return Recording.objects.create(
        owner=user, title="tone", file_name="tone.wav", blob=publish_file(flac), **facts
    )


@pytest.fixture
def queued(recording: Recording, model: Model) -> Explanation:
    """Asked for; no worker runs, so it waits."""
    return request_explanation(recording=recording, model=model, recipe=RECIPE)[0]


@pytest.fixture
def done(queued: Explanation, real_run: Run) -> Explanation:
    return finish(queued, real_run)


@pytest.fixture
def levels(recording: Recording, model: Model, levels_run: Run) -> Explanation:
    """Done by a model whose emotions are linear in its features; all of them explained."""
    linear = Model.objects.get(name="a2mid2e")
    asked, _ = request_explanation(recording=recording, model=linear, recipe=LEVELS_RECIPE)
    return finish(asked, levels_run)


def finish(asked: Explanation, run: Run) -> Explanation:
    """Finished by the real services from the engine's real files."""
    leased = lease_explanation(pk=asked.pk)
    assert leased is not None
    outcome = publish_outcome(leased, run.manifest, run.folder)
    assert finish_explanation(explanation=leased, outcome=outcome, seconds=1.5)
    leased.refresh_from_db()
    return leased
