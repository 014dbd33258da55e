"""Answers in listeners' own words, for the researcher: each as written, with how often it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from evalsite.results.figures.analysed import AnalysedBlock
from evalsite.results.figures.items import describe_item
from evalsite.results.questions._words import count_answers, show_answers
from evalsite.results.questions.base import Clips, Found, Question


class Texts(Question):
    template: ClassVar[str] = "results/questions/texts.html"

    def find(self, analysed: AnalysedBlock) -> dict[str, Any]:
        by_item = analysed.rows.groupby(["item", "prompt"])["text"].agg(list).to_dict()
        return {
            "clips": [
                {
                    **describe_item(item),
                    "prompt": prompt.name,
                    "label": prompt.label,
                    **count_answers(by_item.get((item.number, prompt.name), [])),
                }
                for item in analysed.items
                for prompt in analysed.trial_type.prompts
            ]
        }

    def show(self, found: Found, chosen: Mapping[str, str], clips: Clips) -> dict[str, Any]:
        return {"clips": show_answers(found["clips"], clips)}
