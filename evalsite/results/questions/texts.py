"""Answers in listeners' own words, for the researcher: each as written, with how often it came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from evalsite.results.analysed import AnalysedBlock
from evalsite.results.questions._show_choices import list_sounds
from evalsite.results.questions.base import Clips, Found, Question
from evalsite.results.questions.ratings import describe_item
from evalsite.results.wording import name_condition


class Texts(Question):
    template: ClassVar[str] = "results/questions/texts.html"

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        rows = analysed.rows
        return {
            "clips": [
                {
                    **describe_item(item),
                    "prompt": prompt.name,
                    "label": prompt.label,
                    **_count_answers(
                        rows.loc[
                            (rows["item"] == item.number) & (rows["prompt"] == prompt.name), "text"
                        ]
                    ),
                }
                for item in analysed.items
                for prompt in analysed.trial_type.prompts
            ]
        }

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        return {
            "clips": [
                {
                    **row,
                    "condition": name_condition(row["condition"]),
                    "sounds": list_sounds(clips, row["item"]),
                }
                for row in found["clips"]
            ]
        }


def _count_answers(texts: Any) -> dict[str, Any]:
    """Equal but for case and space is one answer; it stands as it was written first."""
    written = [str(text) for text in texts if str(text).strip()]
    counts = Counter(_fold(text) for text in written)
    as_written = {_fold(text): text for text in reversed(written)}
    answers = sorted(counts, key=lambda folded: (-counts[folded], folded))
    return {
        "n": len(texts),
        "n_empty": len(texts) - len(written),
        "answers": [{"text": as_written[one], "n": counts[one]} for one in answers],
    }


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
