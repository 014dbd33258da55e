"""Studies, sittings and answers of format 1 live on after the upgrade."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

OLD = [("studies", "0001_initial"), ("responses", "0001_initial")]
QUALITY = {"name": "warmth", "label": "Warmth", "low": "cold", "high": "warm"}
PROTOCOL = {
    "format": 1,
    "title": "Old",
    "trial_type": "presence",
    "parameters": {
        "qualities": [QUALITY],
        "points": 5,
        "offer_cant_tell": True,
        "confidence": [],
        "ask_familiarity": True,
        "prompt": "How does it sound now?",
    },
    "conditions": ["original", "kept"],
    "welcome": {"heading": "H", "text": "T"},
    "consent": {"version": "1", "text": "C"},
    "about": [],
    "groups": None,
    "instructions": "I",
    "question": "Q",
    "intro": "",
    "practice": True,
    "min_heard": "once",
    "thanks": "Th",
    "seed": 3,
    "sources": [],
}


def digest(protocol: dict) -> str:
    text = json.dumps(protocol, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def migrate():
    """migrate(targets) -> the apps of that state; afterwards everything is of today again."""

    def run(targets):
        executor = MigrationExecutor(connection)
        executor.migrate(targets)
        return MigrationExecutor(connection).loader.project_state(targets).apps

    yield run
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def make_old_study(apps) -> None:
    owner = apps.get_model("auth", "User").objects.create(username="old-owner")
    study = apps.get_model("studies", "Study").objects.create(
        owner=owner,
        slug="old",
        title="Old",
        state="open",
        protocol=PROTOCOL,
        protocol_digest=digest(PROTOCOL),
    )
    item = apps.get_model("studies", "Item").objects.create(
        study=study,
        number=0,
        is_practice=True,
        condition="practice",
        blob="b" * 64,
        n_bytes=9,
        duration=2.5,
    )
    arm = apps.get_model("studies", "Arm").objects.create(study=study, row=1, n_taken=1)
    person = apps.get_model("responses", "Participant").objects.create(study=study, pseudonym="p-1")
    sitting = apps.get_model("responses", "Sitting").objects.create(
        study=study,
        participant=person,
        arm=arm,
        state="agreed",
        agreed_at=timezone.now(),
        cookie_hash="c",
        seed=1,
    )
    trial = apps.get_model("responses", "Trial").objects.create(
        sitting=sitting,
        item=item,
        position=0,
        is_practice=True,
        name="trial-name",
        clip_name="clip-name",
        trial_type="presence",
        trial_type_version=1,
        snapshot={
            "question": "Q",
            "intro": "",
            "shown": PROTOCOL["parameters"],
            "duration": 2.5,
            "clip_sha256": "b" * 64,
            "min_heard": "once",
        },
    )
    apps.get_model("responses", "Response").objects.create(
        trial=trial,
        idempotency_key="k" * 16,
        answer={"ratings": {"warmth": 4}, "familiarity": "no"},
        elapsed_ms=5,
        heard=[[0, 2.5]],
        n_plays=2,
    )


def test_old_study_keeps_digest_clips_and_answers(migrate):
    make_old_study(migrate(OLD))
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    # Today's models exist only after the migration.
    from evalsite.responses.models import Sitting
    from evalsite.responses.presentation import describe_trial
    from evalsite.studies.models import Study
    from evalsite.studies.queries import protocol_of
    from evalsite.studies.trial_types import make_trial_type

    study = Study.objects.get(slug="old")
    protocol = protocol_of(study)
    assert protocol.digest() == study.protocol_digest
    [block] = protocol.blocks
    assert (block.question, block.ask_familiarity, block.conditions) == (
        "Q",
        True,
        ("original", "kept"),
    )
    assert (study.piece_blob, study.piece_seconds) == ("b" * 64, 2.5)
    assert study.items.get().kind == "practice"
    sitting = Sitting.objects.get()
    assert sitting.arm.square_row == 1
    trial = sitting.trials.get()
    described = describe_trial(trial)
    assert described["ask_familiarity"] is True
    [signal] = described["signals"]
    assert (signal["label"], signal["duration"]) == ("A", 2.5)
    assert "clip-name" in signal["url"]
    response = trial.response
    assert (response.heard, response.n_plays) == ({"A": [[0, 2.5]]}, {"A": 2})
    trial_type = make_trial_type(trial.trial_type, trial.snapshot["parameters"])
    rows = trial_type.rows(response.answer, trial.snapshot["shown"], trial.key)
    assert rows == [{"quality": "warmth", "value": 4, "cant_tell": False, "is_target": None}]
    assert response.n_judgments == 1
