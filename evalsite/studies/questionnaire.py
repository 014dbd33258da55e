"""The questionnaire of a study, and the groups that follow from its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.person_questions import BEFORE, Choice, PersonQuestion, read_question


@dataclass(frozen=True)
class Grouping:
    """Who answered `question` with one of `values` is in group `inside`, others in `outside`."""

    question: str
    values: tuple[str, ...]
    inside: str = "musicians"
    outside: str = "others"

    def find_group(self, background: Mapping[str, object]) -> str:
        if self.question not in background:
            return ""
        return self.inside if background[self.question] in self.values else self.outside


MUSICIANS = Grouping("training", ("6-9", "10+"))


def ask_about() -> tuple[PersonQuestion, ...]:
    """The ready-made questions, in the language that is active."""
    return (
        PersonQuestion(
            "training",
            _("How many years of lessons have you had, on an instrument or in singing?"),
            (
                Choice("0", _("none")),
                Choice("1-2", _("1 or 2")),
                Choice("3-5", _("3 to 5")),
                Choice("6-9", _("6 to 9")),
                Choice("10+", _("10 or more")),
            ),
        ),
        PersonQuestion(
            "device",
            _("What do you listen with?"),
            (
                Choice("headphones", _("headphones over or on the ears")),
                Choice("earphones", _("earphones in the ears")),
                Choice("loudspeakers", _("separate loudspeakers")),
                Choice("built_in", _("the loudspeaker of this device")),
            ),
        ),
    )


def read_about(value: object) -> tuple[PersonQuestion, ...]:
    entries = reading.read_list(value, "about", at_most=50)
    questions = tuple(read_question(entry, f"about[{i}]") for i, entry in enumerate(entries))
    reading.refuse_repeats([question.name for question in questions], "names in about")
    return questions


def read_groups(value: object) -> Grouping | None:
    if value is None:
        return None
    given = reading.read_mapping(value, "groups", keys=("question", "values", "inside", "outside"))
    values = reading.read_list(given.get("values"), "groups.values", at_least=1, at_most=20)
    return Grouping(
        question=reading.read_name(given.get("question"), "groups.question"),
        values=tuple(
            reading.read_text(entry, f"groups.values[{i}]", at_most=40)
            for i, entry in enumerate(values)
        ),
        inside=reading.read_text(given.get("inside", "musicians"), "groups.inside", at_most=40),
        outside=reading.read_text(given.get("outside", "others"), "groups.outside", at_most=40),
    )


def check_grouping(groups: Grouping | None, about: tuple[PersonQuestion, ...]) -> None:
    """The group must be known before places are given out: by one choice that everybody makes."""
    if groups is None:
        return
    questions = {
        question.name: question
        for question in about
        if question.kind == "choice" and question.when == BEFORE and question.required
    }
    if groups.question not in questions:
        known = ", ".join(questions) or "none"
        raise EarwitnessError(
            "groups.question must be one of the questions in about that everybody answers before "
            f"the trials by one choice ({known}), got {groups.question!r}."
        )
    values = [choice.value for choice in questions[groups.question].choices]
    for value in groups.values:
        reading.read_choice(value, "groups.values", choices=values)
