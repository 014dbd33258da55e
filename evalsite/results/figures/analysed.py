"""The judgments that are analysed: those of finished sittings that no rule leaves out, by block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from evalsite.results.tables.frames import items_of, ratings_frame
from evalsite.results.tables.screening import Screened, screen_study
from evalsite.studies.blocks import Block
from evalsite.studies.models import Item, Study
from evalsite.studies.parts.registered import Question, questions_of
from evalsite.studies.protocol import CONTROLS, Protocol
from evalsite.studies.qualities import Quality
from evalsite.studies.queries import protocol_of


@dataclass(frozen=True)
class AnalysedBlock:
    """A block's judgments, and the questions registered on it.

    `rows`: those of the table, with numbers for who and what.

    `listener` and `recording` are the same numbers in all blocks of a study.
    """

    block: Block
    trial_type: Any
    rows: pd.DataFrame
    items: list[Item]
    registered: tuple[Question, ...]

    @cached_property
    def by_quality(self) -> dict[Quality, pd.DataFrame]:
        """Rows are chosen and compared many times: numbers instead of names."""
        columns = ["item", "value", "listener", "recording"]
        names = {name: self.rows[name].astype("category") for name in ("condition", "group")}
        numbered = self.rows[columns].assign(**names)
        return {
            quality: numbered[(self.rows["quality"] == quality.name).to_numpy()]
            for quality in self.trial_type.qualities
        }

    @property
    def contrast(self) -> list[str] | None:
        return choose_contrast(self.block.conditions)

    @cached_property
    def item_conditions(self) -> Mapping[int, str]:
        """Condition of each item as planned, by its number: no answer has a part in it."""
        return {item.number: item.condition for item in self.items}


@dataclass(frozen=True)
class Analysed:
    """All judgments of a study, and those that are analysed, with numbers for who and what."""

    study: Study
    protocol: Protocol
    frame: pd.DataFrame
    rows: pd.DataFrame
    screened: Screened

    @classmethod
    def of(cls, study: Study) -> Analysed:
        protocol = protocol_of(study)
        frame = ratings_frame(study)
        is_first = (frame["kind"] == "main") & (frame["occasion"] == 1)
        screened = screen_study(study, frame)
        rows = frame[is_first & ~frame["participant"].isin(screened.excluded)]
        numbered = rows.assign(
            listener=pd.factorize(rows["participant"])[0],
            recording=pd.factorize(rows["recording"])[0],
        )
        return cls(study, protocol, frame, numbered, screened)

    @cached_property
    def blocks(self) -> tuple[AnalysedBlock, ...]:
        items = items_of(self.study)
        return tuple(
            AnalysedBlock(
                block,
                block.make_trial_type(),
                self.rows[(self.rows["block"] == block.name).to_numpy()],
                [item for item in items if item.block == block.name],
                tuple(one for one in questions_of(self.protocol) if one.block == block.name),
            )
            for block in self.protocol.blocks
        )


def choose_contrast(conditions: tuple[str, ...]) -> list[str] | None:
    """A block's main comparison: kept against its control, or what comes nearest to that."""
    if "kept" not in conditions:
        return None
    for baseline in (*CONTROLS, "removed", "original"):
        if baseline in conditions:
            return ["kept", baseline]
    return None
