"""Which questions a study was made to answer: all else its results tell is exploratory."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.parts.base import Part

if TYPE_CHECKING:
    from evalsite.studies.protocol import Protocol

MOST_QUESTIONS = 20


@dataclass(frozen=True)
class Question:
    """`quality` is one of the block's scales, empty for a block that has none.

    `expected` says what should come out, in words.
    """

    block: str
    quality: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Registered(Part):
    """Without any question all that the results tell is exploratory."""

    questions: tuple[Question, ...] = ()

    @classmethod
    def read(cls, value: object) -> Registered:
        given = reading.read_list(value, "registered", at_most=MOST_QUESTIONS)
        questions = tuple(
            _read_question(entry, f"registered[{i}]") for i, entry in enumerate(given)
        )
        places = [f"{question.block} {question.quality}".strip() for question in questions]
        reading.refuse_repeats(places, "registered questions")
        return cls(questions)

    def to_plain(self) -> object:
        return [asdict(question) for question in self.questions]

    def check(self, protocol: Protocol) -> None:
        blocks = {block.name: list_qualities(protocol, block.name) for block in protocol.blocks}
        for i, question in enumerate(self.questions):
            where = f"registered[{i}]"
            reading.read_choice(question.block, f"{where}.block", choices=tuple(blocks))
            known = blocks[question.block]
            if known:
                reading.read_choice(question.quality, f"{where}.quality", choices=known)
            elif question.quality:
                raise EarwitnessError(
                    f"{where}.quality must be empty, block {question.block} asks about none, "
                    f"got {question.quality!r}."
                )


def list_qualities(protocol: Protocol, block: str) -> tuple[str, ...]:
    trial_type = protocol.find_block(block).make_trial_type()
    return tuple(quality.name for quality in getattr(trial_type, "qualities", ()))


def questions_of(protocol: Protocol) -> tuple[Question, ...]:
    part = protocol.parts.get("registered")
    return part.questions if isinstance(part, Registered) else ()


def is_registered(protocol: Protocol, block: str, quality: str = "") -> bool:
    return any(
        (question.block, question.quality) == (block, quality)
        for question in questions_of(protocol)
    )


def _read_question(value: object, where: str) -> Question:
    given = reading.read_mapping(value, where, keys=("block", "quality", "expected"))
    return Question(
        reading.read_name(given.get("block"), f"{where}.block"),
        reading.read_text(given.get("quality", ""), f"{where}.quality", at_least=0, at_most=40),
        reading.read_text(given.get("expected", ""), f"{where}.expected", at_least=0, at_most=500),
    )
