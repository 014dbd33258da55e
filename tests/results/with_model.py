"""A study whose clips have outputs of a model and whose explanations lie somewhere in time."""

from __future__ import annotations

import io

import numpy as np

from evalsite.clips.models import Clip, Explanation
from evalsite.common.blobs import publish_bytes
from evalsite.studies.models import Study
from evalsite.studies.services import create_study, open_study
from tests import factories

TARGETS = ("valence", "energy", "tension")
QUALITIES = ("melodiousness", "minorness", "dissonance", "valence")
CONDITIONS = ["original", "kept", "control_area"]
COMMON = {"practice": False, "ask_familiarity": False, "assignment": "all"}
BLOCKS = [
    {
        "name": "rated",
        "trial_type": "rating",
        "parameters": {"qualities": list(QUALITIES)},
        "conditions": CONDITIONS,
        **COMMON,
    },
    {"name": "where", "trial_type": "regions", "conditions": CONDITIONS, **COMMON},
    {
        "name": "which",
        "trial_type": "identify",
        "parameters": {"choices": list(TARGETS)},
        "conditions": ["kept", "control_area"],
        **COMMON,
    },
]
# Cells of 4 bands and 20 frames: component 1 is in the second quarter, 2 at the end, 0 the rest.
LABELS = np.zeros((4, 20), dtype=np.uint16)
LABELS[:2, 5:10] = 1
LABELS[:, 15:] = 2
# Another order than that of the questions; tension is no sum of features.
HEAD = {
    "features": ["dissonance", "melodiousness", "minorness"],
    "emotions": ["energy", "valence"],
    "weights": [[0.25, -0.5], [0.125, 1.5], [-2.0, 0.0]],
    "intercepts": [0.5, -1.25],
}


def make_explained_study(rng: np.random.Generator, *, n_recordings: int) -> Study:
    owner = factories.make_user()
    explanations = [
        factories.make_explanation(
            factories.make_recording(owner, f"Piece {n}"), target=TARGETS[n % len(TARGETS)]
        )
        for n in range(n_recordings)
    ]
    for explanation in explanations:
        add_arrays(explanation, rng)
    for clip in Clip.objects.filter(explanation__in=explanations).order_by("pk"):
        add_outputs(clip, rng)
    study = create_study(
        owner=owner,
        title="Heard and foretold",
        explanations=explanations,
        overrides={"blocks": BLOCKS, "seed": 11},
    )
    return open_study(study=study)


def add_arrays(explanation: Explanation, rng: np.random.Generator) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, n_components=np.int64(3), labels=LABELS)
    explanation.arrays_blob = publish_bytes(file.getvalue())
    target = {"weights": rng.normal(size=3).tolist(), "selected": [1, 2], "scores": []}
    explanation.manifest = {
        "level1": HEAD,
        "targets": {explanation.recipe["targets"][0]: target},
        "components": [
            {"component": 0, "seconds": [0.0, 0.375]},
            {"component": 1, "seconds": [0.125, 0.25]},
            {"component": 2, "seconds": [0.375, 0.5]},
        ],
    }
    explanation.save()


def add_outputs(clip: Clip, rng: np.random.Generator) -> None:
    outputs = dict(zip((*QUALITIES[:3], *TARGETS), rng.normal(size=6).tolist(), strict=True))
    # Twins: what is melodious is in major.
    outputs["minorness"] = 0.4 * outputs["minorness"] - outputs["melodiousness"]
    clip.facts = {
        "output_before_alignment": {name: value + 0.01 for name, value in outputs.items()},
        "output_after_alignment": outputs,
        "gap_after_alignment": {name: 0.1 * value for name, value in outputs.items()},
    }
    clip.save()
