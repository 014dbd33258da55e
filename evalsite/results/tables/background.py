"""What people said about themselves, as tables show it: free text stays here, ages in bands."""

from __future__ import annotations

from evalsite.studies.person_questions import FREE_TEXT, PersonQuestion
from evalsite.studies.trial_types.base import Column

UNANSWERED = "Empty: not answered"


def describe_question(question: PersonQuestion) -> Column:
    """The column of a question's answers in raters.csv."""
    name, meaning = name_column(question), f"{question.label} {UNANSWERED}"
    if question.kind in FREE_TEXT:
        withheld = f"Characters written in answer to: {question.label} The words are withheld"
        return Column(name, "whole number", withheld, f"0 to {question.at_most}")
    if question.kind == "scale":
        ends = ", ".join(question.labels)
        words = f" ({ends})" if ends else ""
        scale = f"{question.label}{words} {UNANSWERED}"
        return Column(name, "whole number", scale, f"1 to {question.points}")
    if question.kind == "number" and not question.bands:
        type_ = "whole number" if question.whole else "number"
        return Column(name, type_, meaning, f"{question.low} to {question.high}")
    if question.kind == "number":
        bands = ", ".join(question.name_band(low) for low in question.bands)
        return Column(name, "text", f"{meaning}. In bands", bands)
    values = ", ".join(choice.value for choice in question.choices)
    if question.kind == "choices":
        return Column(name, "text", f"{meaning}. Several, with semicolons between them", values)
    return Column(name, "text", meaning, values)


def name_column(question: PersonQuestion) -> str:
    """A length says nothing about the person, so it does not begin as what says something."""
    start = "characters" if question.kind in FREE_TEXT else "about"
    return f"{start}_{question.name}"


def describe_background(question: PersonQuestion, answer: object) -> tuple[str, object]:
    """The cell of one person's answer, with the name of its column."""
    name = name_column(question)
    if question.kind in FREE_TEXT:
        return name, len(str(answer or ""))
    if question.kind == "number" and question.bands:
        return name, "" if answer is None else question.name_band(answer)  # type: ignore[arg-type]
    if question.kind in ("number", "scale"):
        return name, answer
    return name, ";".join(answer) if isinstance(answer, list) else answer or ""
