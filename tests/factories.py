"""Objects as the real services leave them, small and quick to make."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import soundfile
from django.contrib.auth.models import User
from django.utils import timezone

from evalsite.clips.models import Clip, Explanation, Model, Recording
from evalsite.common.blobs import publish_bytes
from evalsite.responses.beginning import begin_sitting
from evalsite.responses.flow import list_pages
from evalsite.responses.models import Response, Sitting
from evalsite.responses.queries import Entrance
from evalsite.responses.services import (
    agree_to_consent,
    pass_page,
    save_background,
)
from evalsite.studies.models import Study
from evalsite.studies.queries import protocol_of
from evalsite.studies.services import create_study, open_study

SR = 8000
KINDS = ("original", "kept", "removed", "control_area", "control_energy")
Rate = Callable[[str, str, str], int | str]


def make_user(name: str = "") -> User:
    name = name or f"user-{secrets.token_hex(4)}"
    # Without a password: hashing one takes longer than most tests.
    return User.objects.create_user(name)


def make_wav(seconds: float = 0.5, *, seed: int = 0) -> bytes:
    """Mono 16-bit noise."""
    y = 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * SR))
    file = io.BytesIO()
    soundfile.write(file, y, SR, format="WAV", subtype="PCM_16")
    return file.getvalue()


def make_recording(owner: User, title: str = "A piece") -> Recording:
    data = make_wav(seed=secrets.randbits(32))
    return Recording.objects.create(
        owner=owner,
        sha256=hashlib.sha256(data + b"samples").hexdigest(),
        title=title,
        file_name="piece.wav",
        licence="CC0",
        sample_rate=SR,
        n_channels=1,
        n_samples=SR // 2,
        blob=publish_bytes(data),
    )


def make_model() -> Model:
    return Model.objects.get_or_create(
        name="vibenet",
        defaults={
            "title": "VibeNet",
            "targets": ["valence", "energy"],
            "sample_rate": 16_000,
            "weights_digest": "w" * 64,
        },
    )[0]


def make_explanation(
    recording: Recording,
    *,
    target: str = "valence",
    done: bool = True,
    seed: int = 0,
    seconds: float = 0.5,
    selection: str = "for",
) -> Explanation:
    recipe = {
        "model": "vibenet",
        "targets": [target],
        "start": 1.5,
        "duration": seconds,
        "selection": selection,
        "seed": seed,
    }
    manifest = {"prediction": {target: 0.25}, "targets": {target: {"scores": []}}}
    explanation = Explanation.objects.create(
        recording=recording,
        model=make_model(),
        recipe=recipe,
        recipe_digest=hashlib.sha256(repr(recipe).encode()).hexdigest(),
        engine_version="0.1.0",
        weights_digest="w" * 64,
        device="cpu",
        dtype="float32",
        state="done" if done else "queued",
        manifest=manifest if done else {},
        finished_at=timezone.now() if done else None,
    )
    if done:
        for kind in KINDS:
            make_clip(explanation, kind, "" if kind == "original" else target, seconds=seconds)
    return explanation


def make_clip(
    explanation: Explanation, kind: str, target: str = "", *, seconds: float = 0.5
) -> Clip:
    data = make_wav(seconds, seed=secrets.randbits(32))
    return Clip.objects.create(
        explanation=explanation,
        target=target,
        kind=kind,
        blob=publish_bytes(data),
        n_bytes=len(data),
        sample_rate=SR,
        n_samples=round(seconds * SR),
        area=0.3,
        energy=0.4,
        fill="zeros",
        phase_source="original",
        loudness_before=-20.5,
        loudness_after=-23.0,
        true_peak=-6.0,
        gain_db=-2.5,
        facts={"output_after_alignment": {"valence": -0.3}, "overlap_with_kept": 0.1},
    )


def make_study(
    owner: User | None = None,
    *,
    title: str = "What is left",
    n_recordings: int = 3,
    seconds: float = 0.5,
    qualities: Sequence[str] = ("melodiousness", "minorness"),
    **overrides: object,
) -> Study:
    """A draft made by the real service from fresh recordings and finished explanations."""
    owner = owner or make_user()
    explanations = [
        make_explanation(make_recording(owner, f"Piece {n + 1}"), seconds=seconds)
        for n in range(n_recordings)
    ]
    if "blocks" not in overrides:
        overrides = {"parameters": {"qualities": list(qualities)}, **overrides}
    return create_study(owner=owner, title=title, explanations=explanations, overrides=overrides)


def make_open_study(owner: User | None = None, **options: object) -> Study:
    return open_study(study=make_study(owner, **options))


def make_sitting(
    study: Study,
    rate: Rate = lambda recording, condition, quality: 4,
    *,
    n_answers: int | None = None,
    is_pilot: bool = False,
    training: str = "0",
) -> Sitting:
    """Somebody agrees and answers practice and trials (the first `n_answers`, else all).

    `rate` gets the recording's title, the condition and the quality's name.
    """
    sitting, _ = begin_sitting(entrance=Entrance(study=study, is_pilot=is_pilot))
    agree_to_consent(sitting=sitting)
    save_background(sitting=sitting, background={"training": training, "device": "headphones"})
    for page in list_pages(protocol_of(study)):
        pass_page(sitting=sitting, name=page)
    sitting.refresh_from_db()
    qualities = [quality.name for quality in protocol_of(study).make_trial_type().qualities]
    trials = list(sitting.trials.select_related("item__recording"))
    sitting.trials.filter(position__lte=len(trials) if n_answers is None else n_answers).update(
        presented_at=timezone.now()
    )
    for trial in trials:
        if n_answers is not None and trial.position > n_answers:
            break
        title = trial.item.recording.title if trial.item.recording else ""
        ratings = {name: rate(title, trial.item.condition, name) for name in qualities}
        Response.objects.create(
            trial=trial,
            idempotency_key=secrets.token_hex(8),
            answer={"ratings": ratings, "confidence": 3, "familiarity": "no"},
            elapsed_ms=12_345,
            heard={"A": [[0.0, 0.3], [0.2, 0.5]]},
            n_plays={"A": 2},
            n_judgments=len(qualities),
        )
    if n_answers is None:
        sitting.state = Sitting.State.FINISHED
        sitting.finished_at = sitting.agreed_at + timedelta(minutes=7)
    sitting.save()
    return sitting
