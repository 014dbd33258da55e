"""Everything a study found, as one JSON structure: what the page shows is what the export holds.

While the study runs, and nobody has lifted the blind, it holds flow and agreement, nothing about a
condition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from evalsite import __version__
from evalsite.analysis.result import make_json_safe
from evalsite.results import store
from evalsite.results.figures.analysed import Analysed, AnalysedBlock
from evalsite.results.figures.cells import count_cells
from evalsite.results.figures.factors import describe_factors
from evalsite.results.figures.flow import describe_flow
from evalsite.results.figures.robustness import describe_robustness
from evalsite.results.models import Analysis, Unblinding
from evalsite.results.questions import make_question
from evalsite.results.tables.csv import write_frame
from evalsite.results.tables.frames import ratings_columns
from evalsite.results.tables.free_text import withhold_columns, withhold_words
from evalsite.studies.models import Study
from evalsite.studies.parts.registered import questions_of
from evalsite.studies.protocol import Protocol

FORMAT = 2


def findings_of(study: Study) -> dict[str, Any]:
    """The study's findings, computed once for each state of its data."""
    return store.compute_once(study, Analysis.FINDINGS, compute_findings)


def is_blind(study: Study) -> bool:
    return study.state != Study.State.CLOSED and not study.unblindings.exists()


# Several threads of the matrix library would only wait for each other, a fifth of all time.
@threadpool_limits.wrap(limits=1, user_api="blas")
def compute_findings(study: Study) -> dict[str, Any]:
    analysed = Analysed.of(study)
    blind = is_blind(study)
    found: dict[str, Any] = {
        "format": FORMAT,
        "study": _describe_study(study),
        "software": {"earwitness": __version__},
        "is_blind": blind,
        "unblindings": [_describe_unblinding(row) for row in study.unblindings.select_related()],
        "flow": describe_flow(study, analysed.screened, analysed.rows),
        "exclusions": analysed.screened.describe(),
        "registered": [asdict(question) for question in questions_of(analysed.protocol)],
        "counts": {"judgments": len(analysed.frame), **_count(analysed.rows)},
        "blocks": [_describe_block(block, is_blind=blind) for block in analysed.blocks],
    }
    if not blind:
        protocol = analysed.protocol
        found |= {
            "data_sha256": digest_ratings(analysed.frame, protocol),
            "robustness": describe_robustness(protocol, analysed.frame, analysed.screened),
            "factors": describe_factors(protocol, analysed.frame, analysed.screened),
        }
    return make_json_safe(found)


def find_block(found: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """The findings with those of one block among them: the one named, else that of the first
    registered question, else the first."""
    blocks = {block["name"]: block for block in found["blocks"]}
    main = found["registered"][0]["block"] if found["registered"] else next(iter(blocks))
    return {**found, **blocks.get(name, blocks[main])}


def _describe_block(analysed: AnalysedBlock, *, is_blind: bool) -> dict[str, Any]:
    question = make_question(analysed.trial_type.analysed_as)
    return {
        "name": analysed.block.name,
        "trial_type": analysed.block.trial_type,
        "question": analysed.trial_type.analysed_as,
        "counts": _count(analysed.rows),
        **({} if is_blind else {"cells": count_cells(analysed)}),
        **(question.find_blind(analysed) if is_blind else question.find(analysed)),
    }


def _describe_unblinding(row: Unblinding) -> dict[str, Any]:
    return {
        "who": row.who.get_username(),
        "on": row.created_at.date().isoformat(),
        "reason": row.reason,
        "n_finished": row.n_finished,
    }


def digest_ratings(frame: pd.DataFrame, protocol: Protocol) -> str:
    """sha256 of ratings.csv as it would be exported."""
    columns = ratings_columns(protocol)
    told = withhold_words(frame, columns)
    return hashlib.sha256(write_frame(told, withhold_columns(columns))).hexdigest()


def _count(analysed: pd.DataFrame) -> dict[str, int]:
    return {
        "judgments_analysed": len(analysed),
        "answers_analysed": len(analysed[["listener", "position"]].drop_duplicates()),
        "listeners_analysed": analysed["listener"].nunique(),
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
