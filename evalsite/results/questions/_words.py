"""What listeners wrote, counted: of trials that ask for words only, or for words before ratings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.items import describe_item
from evalsite.results.pages.wording import name_condition
from evalsite.results.questions._show_choices import list_sounds
from evalsite.results.questions.base import Clips, Found


def find_words(analysed: AnalysedBlock) -> dict[str, Any]:
    """Words written before rating, where the trials ask for them; else nothing."""
    question = getattr(analysed.trial_type, "open_words", "")
    if not question:
        return {}
    # Words written once stand in the row of each quality that was rated after them.
    rows = analysed.rows.drop_duplicates(["participant", "position"])
    by_item = dict(list(rows.groupby("item")["words"]))
    return {
        "words": [
            {
                **describe_item(item),
                "label": question,
                **count_answers(by_item.get(item.number, ())),
            }
            for item in analysed.items
        ]
    }


def show_words(found: Found, clips: Clips) -> list[dict[str, Any]]:
    return show_answers(found.get("words", ()), clips)


def show_answers(rows: Sequence[Found], clips: Clips) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "condition": name_condition(row["condition"]),
            "sounds": list_sounds(clips, row["item"]),
        }
        for row in rows
    ]


def count_answers(texts: Any) -> dict[str, Any]:
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
