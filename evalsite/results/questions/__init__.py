"""What becomes of the answers to a kind of question: adding one is adding one file here and one
template. A trial type names the one that analyses it."""

from __future__ import annotations

from evalsite.results.questions.base import Question
from explain_engine.registry import Registry

registry = Registry(
    "evalsite.results.questions", entry_point_group="earwitness.questions", noun="question"
)


def make_question(name: str) -> Question:
    """`name` as a trial type's `analysed_as`; empty: answers are only counted."""
    return registry.get(name)() if name else Question()
