"""Explanations whose clips are full band, as MUSHRA needs them."""

from __future__ import annotations

import io

import numpy as np
import soundfile
from django.contrib.auth.models import User

from evalsite.clips.models import Explanation
from evalsite.common.blobs import publish_bytes
from evalsite.studies.models import Study
from evalsite.studies.services import create_study
from tests.factories import make_explanation, make_recording, make_user

MUSHRA = {
    "trial_type": "multi_stimulus",
    "parameters": {"method": "mushra"},
    "practice": False,
    "training": 1,
    "ask_familiarity": False,
}


def widen(explanation: Explanation, *, sr: int = 44_100, scale: float = 0.1) -> Explanation:
    """Give it clips of white noise at this rate."""
    for clip in explanation.clips.all():
        n = round(clip.duration * sr)
        y = scale * np.random.default_rng(clip.pk).uniform(-1, 1, n)
        file = io.BytesIO()
        soundfile.write(file, y, sr, format="WAV", subtype="PCM_16")
        clip.blob, clip.n_bytes = publish_bytes(file.getvalue()), len(file.getvalue())
        clip.sample_rate, clip.n_samples = sr, n
        clip.save()
    return explanation


def make_mushra(
    owner: User | None = None, *, n: int = 6, seconds: float = 0.5, scale: float = 0.1, **block
) -> Study:
    """A draft with n recordings; `block` replaces what its block says."""
    owner = owner or make_user()
    explanations = [
        widen(make_explanation(make_recording(owner, f"Piece {i}"), seconds=seconds), scale=scale)
        for i in range(n)
    ]
    return create_study(
        owner=owner,
        title="How good is it",
        explanations=explanations,
        overrides={"blocks": [{**MUSHRA, **block}]},
    )
