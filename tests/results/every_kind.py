"""A study that asks with every registered trial type, answered straight into the database."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
from django.utils import timezone

from evalsite.responses.beginning import begin_sitting
from evalsite.responses.flow import list_pages
from evalsite.responses.models import Response, Sitting
from evalsite.responses.queries import Entrance
from evalsite.responses.services import agree_to_consent, pass_page, save_background
from evalsite.results.services import make_export
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import close_study
from evalsite.studies.trial_types import list_names, make_trial_type
from evalsite.studies.trial_types.base import Truth

# What a kind needs beside its defaults to have all its figures.
MORE: dict[str, dict] = {
    "identify": {
        "parameters": {"choices": ["valence", "energy"]},
        "conditions": ["kept", "control_area"],
    },
    "pair": {
        "parameters": {"offer_tie": True},
        "conditions": ["original", "kept", "control_area"],
    },
}
COMMON = {"practice": False, "ask_familiarity": False, "assignment": "all", "repeats": 1}
BLOCKS = [
    {"name": name, "trial_type": name, **COMMON, **MORE.get(name, {})} for name in list_names()
] + [
    {
        "name": "which_clip",
        "trial_type": "identify",
        "parameters": {"ask": "clip", "among": "conditions"},
        "conditions": ["kept", "control_area", "removed"],
        **COMMON,
    }
]


def answer_everything(
    study: Study,
    rng: np.random.Generator,
    *,
    training: str,
    skills: Mapping[str, float] | None = None,
) -> Sitting:
    """A whole sitting as the trial types' own listeners answer, right more often than not.

    `skills`: how well listeners of each level of the study's one factor do.
    """
    sitting, _ = begin_sitting(entrance=Entrance(study=study, is_pilot=False))
    agree_to_consent(sitting=sitting)
    save_background(sitting=sitting, background={"training": training, "device": "headphones"})
    for page in list_pages(protocol_of(study)):
        pass_page(sitting=sitting, name=page)
    sitting.refresh_from_db()
    sitting.trials.update(presented_at=timezone.now())
    (level,) = sitting.arm.levels.values() if skills else ("",)
    for trial in sitting.trials.all():
        snapshot = trial.snapshot
        trial_type = make_trial_type(trial.trial_type, snapshot["parameters"])
        skill = skills[level] if skills else rng.choice([0.2, 0.6])
        truth = Truth(key=trial.key, skill=skill)
        answer = trial_type.simulate_answer(rng, snapshot["shown"], truth)
        Response.objects.create(
            trial=trial,
            idempotency_key=secrets.token_hex(8),
            answer=answer,
            elapsed_ms=12_345,
            heard={signal["label"]: [[0.0, 0.5]] for signal in snapshot["signals"]},
            n_plays={},
            n_judgments=len(trial_type.rows(answer, snapshot["shown"], trial.key)),
        )
    sitting.state = Sitting.State.FINISHED
    sitting.finished_at = sitting.agreed_at + timedelta(minutes=7)
    sitting.save()
    return sitting


def unpack_export(study: Study, folder: Path) -> Path:
    """The folder of the data set, once the study is closed."""
    file = io.BytesIO()
    make_export(study=close_study(study=study), format="csv_zip", file=file)
    zipfile.ZipFile(file).extractall(folder)
    return folder
