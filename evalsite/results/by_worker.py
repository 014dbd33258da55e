"""What a worker computes of a study, since it takes longer than a page can wait.

Mixed models, agreement in parts and by further coefficients, listeners beside the model, retention,
which qualities travel together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadpoolctl import threadpool_limits

from evalsite.analysis.result import make_json_safe
from evalsite.results.figures.agreement import matrix_of, split_agreement
from evalsite.results.figures.analysed import Analysed, AnalysedBlock
from evalsite.results.figures.coefficients import describe_ordinal, describe_scores
from evalsite.results.figures.families import adjust_family
from evalsite.results.figures.items import describe_scale
from evalsite.results.figures.mixed import fit_quality
from evalsite.results.questions._entanglement import find_entanglement
from evalsite.results.questions._match import find_match
from evalsite.results.questions._retention import find_retention
from evalsite.studies.models import Study
from evalsite.studies.protocol import Protocol


def compute_models(study: Study) -> dict[str, Any]:
    """For each quality: conditions minus the baseline, the variance's parts, agreement in parts."""
    analysed = Analysed.of(study)
    computed = {"ratings": _fit_block, "scores": _describe_scores}
    # Several threads of the matrix library would only wait for each other.
    with threadpool_limits(limits=1):
        blocks = [
            computed[kind](one, analysed.protocol)
            for one in analysed.blocks
            if (kind := one.trial_type.analysed_as) in computed
        ]
    return make_json_safe({"blocks": blocks})


def find_models(models: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    """Those of one block; empty while nothing is computed, or where there are none."""
    return next((one for one in models.get("blocks", ()) if one["name"] == block), {})


def _fit_block(analysed: AnalysedBlock, protocol: Protocol) -> dict[str, Any]:
    contrast = analysed.contrast
    baseline = contrast[1] if contrast else analysed.block.conditions[0]
    scale = describe_scale(analysed)
    points = range(scale["lowest"], scale["lowest"] + scale["points"])
    qualities = [
        {
            "name": quality.name,
            "label": quality.label,
            **fit_quality(rows, baseline),
            "coefficients": describe_ordinal(matrix_of(rows), points),
            "split_agreement": split_agreement(rows, analysed.block.conditions, protocol),
        }
        for quality, rows in analysed.by_quality.items()
    ]
    if protocol.groups:
        adjust_family([one["split_agreement"]["groups"] for one in qualities], "difference")
    return {
        "name": analysed.block.name,
        "baseline": baseline,
        "qualities": qualities,
        **find_match(analysed),
        "retention": find_retention(analysed),
        **find_entanglement(analysed),
    }


def _describe_scores(analysed: AnalysedBlock, protocol: Protocol) -> dict[str, Any]:
    """Each sound of each trial is an item of its own."""
    scores = analysed.rows.astype({"value": "float64"})
    matrix = scores.pivot(index="listener", columns=["item", "condition"], values="value")
    return {
        "name": analysed.block.name,
        "qualities": [],
        "coefficients": describe_scores(matrix),
    }
