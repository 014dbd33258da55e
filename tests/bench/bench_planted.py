"""Planted evidence: how few forwards find it as well as `lime` with 8192, and as steadily.

The model's own picture is masked, Felzenszwalb's segments are the two-level paper's (25/40). `lime`
is `lime.lime_base.LimeBase`, which the explainer lime equals to 1e-6, on its own sampler (half
of the components on). Ratios are of forwards. Recordings were rendered after the method was
chosen. Some eight minutes of CPU time.
"""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import torch

from explain_engine import Recipe
from explain_engine.components import Components
from explain_engine.explainers.base import Problem, correlate_ranks
from explain_engine.forward import Asker
from explain_engine.layout import lay_out
from explain_engine.models import load_model
from explain_engine.perturbation import perturb
from explain_engine.preparation import prepare_components
from explain_engine.recipe import EXPLAINERS
from tests.support.planted_evidence import KINDS, Evidence, find_evidence

PEER_FORWARDS = 8192
FORWARDS = (PEER_FORWARDS // 12, PEER_FORWARDS // 8)
SEEDS = (21, 22)
BATCH_SIZE = 8
PARAMETERS = {"lime": {"keep_probability": 0.5}, "regions": {}}


@dataclass(frozen=True)
class Found:
    """How well two runs found the evidence: mean AUC, Spearman, CPU seconds of a run."""

    area: float
    agreement: float
    seconds: float


def run() -> list[dict[str, Any]]:
    """Rows {work, peer, ours_s, peer_s, ratio, note}; seconds of CPU time, one run."""
    found = {kind: compare(next(find_evidence(kind))) for kind in KINDS}
    together = {
        name: Found(*np.mean([astuple(by_name[name]) for by_name in found.values()], axis=0))
        for name in next(iter(found.values()))
    }
    rows = [make_row(f"mean of {len(KINDS)} recordings", together, n) for n in FORWARDS]
    return rows + [make_row(kind, by_name, FORWARDS[0]) for kind, by_name in found.items()]


def make_row(recordings: str, found: dict[str, Found], n_forwards: int) -> dict[str, Any]:
    ours, peer = found[f"regions {n_forwards}"], found[f"lime {PEER_FORWARDS}"]
    same = found[f"lime {n_forwards}"]
    return {
        "work": f"planted evidence, {recordings}, {n_forwards} forwards",
        "peer": f"lime, {PEER_FORWARDS} forwards",
        "ours_s": ours.seconds,
        "peer_s": peer.seconds,
        "ratio": PEER_FORWARDS / n_forwards,
        "note": f"ratio of forwards; AUC of cells {ours.area:.3f}, peer {peer.area:.3f} "
        f"({same.area:.3f} with as many forwards); two runs agree {ours.agreement:.2f}, "
        f"peer {peer.agreement:.2f} ({same.agreement:.2f})",
    }


def compare(evidence: Evidence) -> dict[str, Found]:
    """Both explainers on one recording, by name and forwards."""
    recipe = Recipe(
        model="a2mid2e",
        targets=(evidence.target,),
        domain="spectrogram",
        segmenter_parameters={"scale": 25.0, "min_size": 40},
    )
    model = load_model(recipe.model, device="cpu", threads=1)
    torch.set_num_threads(1)
    components = prepare_components(evidence.audio, recipe, model, "cpu")
    perturbation = perturb(model, components)
    asker = Asker(model, recipe.targets, BATCH_SIZE, None, None, total=0)

    def prepare(n_forwards: int, seed: int) -> Problem:
        return Problem(
            n_components=components.n,
            n_targets=1,
            n_samples=n_forwards,
            rng=np.random.default_rng(seed),
            evaluate=lambda masks: asker.ask_masks(perturbation, masks),
            layout=lay_out(components),
        )

    found = {}
    for name, n_forwards in (("lime", PEER_FORWARDS), *(("regions", n) for n in FORWARDS)):
        started = time.process_time()
        runs = [EXPLAINERS.make(name, PARAMETERS[name])(prepare(n_forwards, s)) for s in SEEDS]
        seconds = (time.process_time() - started) / len(SEEDS)
        weights = [attribution.weights[0] for attribution in runs]
        found[f"{name} {n_forwards}"] = judge(evidence, components, weights, seconds)
        if name == "lime":
            lime = EXPLAINERS.make(name, PARAMETERS[name])
            for n in FORWARDS:
                weights = [lime.fit(a.masks[:n], a.outputs[:n])[0][0] for a in runs]
                found[f"lime {n}"] = judge(evidence, components, weights, float("nan"))
    return found


def judge(
    evidence: Evidence, components: Components, weights: list[np.ndarray], seconds: float
) -> Found:
    areas = [evidence.score_cells(values, components.labels) for values in weights]
    return Found(float(np.mean(areas)), correlate_ranks(*weights), seconds)
