"""The Gold-MSI in a study: its items in the researcher's wording, before or after the trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.gold_msi import HIGHEST, ITEMS, PREFIX, list_scales, name_item
from evalsite.studies.parts.base import Part
from evalsite.studies.person_questions import AFTER, BEFORE, PersonQuestion

if TYPE_CHECKING:
    from evalsite.studies.protocol import Protocol


@dataclass(frozen=True)
class Item:
    """`labels`: words for the seven answers; empty: those of all items."""

    number: int
    text: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goldmsi(Part):
    """Without items it is not asked."""

    when: str = BEFORE
    labels: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()

    @classmethod
    def read(cls, value: object) -> Goldmsi:
        if value is None:
            return cls()
        given = reading.read_mapping(value, "goldmsi", keys=("when", "labels", "items"))
        entries = reading.read_list(given.get("items"), "goldmsi.items", at_most=100)
        part = cls(
            reading.read_choice(given.get("when", BEFORE), "goldmsi.when", choices=(BEFORE, AFTER)),
            _read_labels(given.get("labels", ()), "goldmsi.labels"),
            tuple(_read_item(entry, f"goldmsi.items[{i}]") for i, entry in enumerate(entries)),
        )
        part.check_items()
        return part

    def check_items(self) -> None:
        numbers = [item.number for item in self.items]
        for number in numbers:
            if numbers.count(number) > 1:
                raise EarwitnessError(f"goldmsi.items must differ, number {number} comes twice.")
        for item in self.items:
            if not item.labels and not self.labels:
                raise EarwitnessError(
                    f"goldmsi needs words for the {HIGHEST} answers: item {item.number} has none, "
                    "and there are none for all items."
                )
        if not list_scales(numbers):
            raise EarwitnessError(
                "goldmsi.items must hold every item of a scale or more, got the numbers "
                f"{', '.join(map(str, sorted(numbers))) or 'none'}."
            )

    def to_plain(self) -> object:
        if not self.items:
            return None
        return {
            "when": self.when,
            "labels": list(self.labels),
            "items": [{**vars(item), "labels": list(item.labels)} for item in self.items],
        }

    def check(self, protocol: Protocol) -> None:
        for question in protocol.about:
            if question.name.startswith(PREFIX):
                raise EarwitnessError(
                    f"names in about must not begin with {PREFIX}, got {question.name!r}."
                )

    def list_questions(self) -> tuple[PersonQuestion, ...]:
        """One a scored item, in the order of the file."""
        return tuple(
            PersonQuestion(
                name_item(item.number),
                item.text,
                kind="scale",
                when=self.when,
                points=HIGHEST,
                labels=item.labels or self.labels,
            )
            for item in self.items
        )


def goldmsi_of(protocol: Protocol) -> Goldmsi:
    part = protocol.parts.get("goldmsi")
    return part if isinstance(part, Goldmsi) else Goldmsi()


def _read_item(entry: object, where: str) -> Item:
    given = reading.read_mapping(entry, where, keys=("number", "text", "labels"))
    return Item(
        reading.read_whole_number(
            given.get("number"), f"{where}.number", low=ITEMS[0], high=ITEMS[-1]
        ),
        reading.read_text(given.get("text"), f"{where}.text", at_most=1000),
        _read_labels(given.get("labels", ()), f"{where}.labels"),
    )


def _read_labels(value: object, where: str) -> tuple[str, ...]:
    entries = reading.read_list(value, where)
    if len(entries) not in (0, HIGHEST):
        raise EarwitnessError(f"{where} must name all {HIGHEST} answers, got {len(entries)}.")
    return tuple(
        reading.read_text(entry, f"{where}[{i}]", at_most=60) for i, entry in enumerate(entries)
    )
