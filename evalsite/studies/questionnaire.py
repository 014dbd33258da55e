"""Questions about the person, and the groups that follow from the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class PersonQuestion:
    """A question about the person, answered by one of its choices."""

    name: str
    label: str
    choices: tuple[Choice, ...]


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


ABOUT = (
    PersonQuestion(
        "training",
        "How many years of lessons have you had, on an instrument or in singing?",
        (
            Choice("0", "none"),
            Choice("1-2", "1 or 2"),
            Choice("3-5", "3 to 5"),
            Choice("6-9", "6 to 9"),
            Choice("10+", "10 or more"),
        ),
    ),
    PersonQuestion(
        "device",
        "What do you listen with?",
        (
            Choice("headphones", "headphones over or on the ears"),
            Choice("earphones", "earphones in the ears"),
            Choice("loudspeakers", "separate loudspeakers"),
            Choice("built_in", "the loudspeaker of this device"),
        ),
    ),
)


MUSICIANS = Grouping("training", ("6-9", "10+"))


def read_about(value: object) -> tuple[PersonQuestion, ...]:
    questions = []
    for i, entry in enumerate(reading.read_list(value, "about", at_most=20)):
        where = f"about[{i}]"
        given = reading.read_mapping(entry, where, keys=("name", "label", "choices"))
        choices = reading.read_list(
            given.get("choices"), f"{where}.choices", at_least=2, at_most=20
        )
        questions.append(
            PersonQuestion(
                name=reading.read_name(given.get("name"), f"{where}.name"),
                label=reading.read_text(given.get("label"), f"{where}.label"),
                choices=tuple(
                    _read_choice(choice, f"{where}.choices[{j}]")
                    for j, choice in enumerate(choices)
                ),
            )
        )
        values = [choice.value for choice in questions[-1].choices]
        reading.refuse_repeats(values, f"values of {where}.choices")
    reading.refuse_repeats([question.name for question in questions], "names in about")
    return tuple(questions)


def _read_choice(value: object, where: str) -> Choice:
    given = reading.read_mapping(value, where, keys=("value", "label"))
    return Choice(
        value=reading.read_text(given.get("value"), f"{where}.value", at_most=40),
        label=reading.read_text(given.get("label"), f"{where}.label"),
    )


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
    if groups is None:
        return
    questions = {question.name: question for question in about}
    if groups.question not in questions:
        known = ", ".join(questions) or "none"
        raise EarwitnessError(
            f"groups.question must be one of the questions in about ({known}), "
            f"got {groups.question!r}."
        )
    values = [choice.value for choice in questions[groups.question].choices]
    for value in groups.values:
        reading.read_choice(value, "groups.values", choices=values)
