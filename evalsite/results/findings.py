"""Everything a study found, as one JSON structure: what the page shows is what the export holds.

While the study runs, and nobody has lifted the blind, it holds flow and agreement, nothing about a
condition.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalsite import __version__
from evalsite.analysis.agreement import krippendorff_alpha
from evalsite.analysis.describe import contrast_conditions, describe_conditions
from evalsite.analysis.intervals import t_interval
from evalsite.analysis.result import Result, make_json_safe, undefined_result
from evalsite.results import store
from evalsite.results.flow import describe_flow
from evalsite.results.frames import items_of, ratings_columns, ratings_frame
from evalsite.results.models import Analysis, Unblinding
from evalsite.results.robustness import describe_robustness
from evalsite.results.screening import Screened, screen_study
from evalsite.results.tables import write_frame
from evalsite.studies.models import Item, Study
from evalsite.studies.protocol import CONTROLS, Protocol
from evalsite.studies.qualities import Quality
from evalsite.studies.queries import protocol_of

FORMAT = 1


@dataclass(frozen=True)
class Analysed:
    """The judgments that are analysed, by quality, with numbers for listeners and recordings."""

    study: Study
    protocol: Protocol
    trial_type: Any
    frame: pd.DataFrame
    rows: pd.DataFrame
    by_quality: dict[Quality, pd.DataFrame]
    screened: Screened

    @classmethod
    def of(cls, study: Study) -> Analysed:
        protocol = protocol_of(study)
        frame = ratings_frame(study)
        is_first = (frame["kind"] == "main") & (frame["occasion"] == 1)
        screened = screen_study(study, frame)
        rows = frame[is_first & ~frame["participant"].isin(screened.excluded)]
        trial_type = protocol.make_trial_type()
        # What figures need, numbers instead of names: rows are chosen and compared many times.
        numbered = rows[["condition", "group", "item", "value"]].assign(
            listener=pd.factorize(rows["participant"])[0],
            recording=pd.factorize(rows["recording"])[0],
        )
        by_quality = {
            quality: numbered[(rows["quality"] == quality.name).to_numpy()]
            for quality in trial_type.qualities
        }
        return cls(study, protocol, trial_type, frame, rows, by_quality, screened)


def findings_of(study: Study) -> dict[str, Any]:
    """The study's findings, computed once for each state of its data."""
    return store.compute_once(study, Analysis.FINDINGS, compute_findings)


def is_blind(study: Study) -> bool:
    return study.state != Study.State.CLOSED and not study.unblindings.exists()


def compute_findings(study: Study) -> dict[str, Any]:
    analysed = Analysed.of(study)
    agreement = {
        quality.name: _measure_agreement(rows) for quality, rows in analysed.by_quality.items()
    }
    found: dict[str, Any] = {
        "format": FORMAT,
        "study": _describe_study(study),
        "software": {"earwitness": __version__},
        "is_blind": is_blind(study),
        "unblindings": [_describe_unblinding(row) for row in study.unblindings.select_related()],
        "flow": describe_flow(study, analysed.screened, analysed.rows),
        "exclusions": analysed.screened.describe(),
        "counts": _count(analysed.frame, analysed.rows),
        "points": analysed.trial_type.points,
    }
    if found["is_blind"]:
        found["qualities"] = [
            {**vars(quality), "agreement": agreement[quality.name]}
            for quality in analysed.by_quality
        ]
        return make_json_safe(found)
    protocol = analysed.protocol
    contrast = choose_contrast(protocol.conditions)
    items = items_of(study)
    found |= {
        "data_sha256": digest_ratings(analysed.frame, protocol),
        "conditions": list(protocol.conditions),
        "robustness": describe_robustness(protocol, analysed.frame, analysed.screened, contrast),
        "main": {"quality": analysed.trial_type.qualities[0].name, "contrast": contrast},
        "qualities": [
            {
                **vars(quality),
                "agreement": agreement[quality.name],
                **_describe_quality(rows, quality, protocol, contrast, items),
            }
            for quality, rows in analysed.by_quality.items()
        ],
    }
    return make_json_safe(found)


def _describe_unblinding(row: Unblinding) -> dict[str, Any]:
    return {
        "who": row.who.get_username(),
        "on": row.created_at.date().isoformat(),
        "reason": row.reason,
        "n_finished": row.n_finished,
    }


def choose_contrast(conditions: tuple[str, ...]) -> list[str] | None:
    """The study's main comparison: kept against its control, or what comes nearest to that."""
    if "kept" not in conditions:
        return None
    for baseline in (*CONTROLS, "removed", "original"):
        if baseline in conditions:
            return ["kept", baseline]
    return None


def digest_ratings(frame: pd.DataFrame, protocol: Protocol) -> str:
    """sha256 of ratings.csv as it would be exported."""
    return hashlib.sha256(write_frame(frame, ratings_columns(protocol))).hexdigest()


def mean_over_listeners(counts: Sequence[int]) -> Result:
    """Mean of one clip's ratings, each from another listener; t interval for new listeners.

    `counts`: how often 1, 2, 3 … was chosen.
    """
    method, population = "mean; t interval over listeners", "new listeners, this clip"
    n = sum(counts)
    if n == 0:
        return undefined_result("no_data", method=method, population=population)
    mean, nan = sum(k * count for k, count in enumerate(counts, 1)) / n, math.nan
    if n < 2:
        return Result(mean, nan, nan, n, method, "too_few_listeners", population)
    squares = sum(count * (k - mean) ** 2 for k, count in enumerate(counts, 1))
    variance = squares / (n - 1) / n
    if max(counts) == n:
        return Result(mean, nan, nan, n, method, "no_variation", population)
    low, high, error = t_interval(mean, variance, df=n - 1, level=0.95)
    details = {"standard_error": error, "df": n - 1}
    low, high = max(low, 1.0), min(high, float(len(counts)))
    return Result(mean, low, high, n, method, None, population, details=details)


def _describe_quality(
    rows: pd.DataFrame,
    quality: Quality,
    protocol: Protocol,
    contrast: list[str] | None,
    items: list[Item],
) -> dict[str, Any]:
    points = protocol.make_trial_type().points
    described = describe_conditions(rows, conditions=protocol.conditions, points=points)
    found: dict[str, Any] = {"conditions": [vars(condition) for condition in described]}
    if contrast:
        kept, baseline = contrast
        found["contrast"] = contrast_conditions(
            rows, condition=kept, baseline=baseline, points=points
        )
        found["groups"] = [
            {
                "group": group,
                "n_listeners": members["listener"].nunique(),
                "contrast": contrast_conditions(
                    members, condition=kept, baseline=baseline, points=points
                ),
            }
            for group, members in rows.groupby("group", sort=True)
            if group
        ]
    table = _count_by_item(rows, items, points)
    found["clips"] = [
        _describe_clip(item, counts) for item, counts in zip(items, table, strict=True)
    ]
    return found


def _count_by_item(rows: pd.DataFrame, items: list[Item], points: int) -> list[list[int]]:
    """For each item how often "can't tell", 1, 2, 3 … was answered."""
    place = pd.Series(range(len(items)), index=[item.number for item in items])
    at = place.reindex(rows["item"].to_numpy(dtype=int)).to_numpy()
    value = rows["value"].to_numpy(dtype=float, na_value=0).astype(int)
    width = points + 1
    counts = np.bincount(at.astype(int) * width + value, minlength=len(items) * width)
    return counts.reshape(len(items), width).tolist()


def _describe_clip(item: Item, counts: list[int]) -> dict[str, Any]:
    n_cant_tell, *by_point = counts
    return {
        "item": item.number,
        "recording": item.recording.title,
        "recording_sha256": item.recording.sha256,
        "target": item.target,
        "condition": item.condition,
        "n": sum(counts),
        "n_cant_tell": n_cant_tell,
        "counts": by_point,
        "mean": mean_over_listeners(by_point),
    }


def _measure_agreement(rows: pd.DataFrame) -> Result:
    """Listeners are the raters, clips the items; "can't tell" is a missing rating."""
    matrix = rows.pivot(index="listener", columns="item", values="value")
    return krippendorff_alpha(matrix, level="ordinal")


def _count(frame: pd.DataFrame, analysed: pd.DataFrame) -> dict[str, int]:
    return {
        "judgments": len(frame),
        "judgments_analysed": len(analysed),
        "answers_analysed": len(analysed[["participant", "position"]].drop_duplicates()),
        "listeners_analysed": analysed["participant"].nunique(),
        "clips_judged": analysed["item"].nunique(),
        "recordings_judged": analysed["recording"].nunique(),
    }


def _describe_study(study: Study) -> dict[str, Any]:
    return {
        "slug": study.slug,
        "title": study.title,
        "state": study.state,
        "protocol_version": study.protocol_version,
        "protocol_digest": study.protocol_digest,
        "opened_on": study.opened_at.date().isoformat() if study.opened_at else None,
        "closed_on": study.closed_at.date().isoformat() if study.closed_at else None,
    }
