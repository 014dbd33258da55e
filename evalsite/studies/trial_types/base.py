"""What every trial type is made of: parameters, recorded columns, the one validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np


@dataclass(frozen=True)
class Column:
    """One recorded column of the data dictionary."""

    name: str
    type: str
    meaning: str
    range: str


@dataclass
class AnswerForm:
    """A checked answer: `errors` names the field and the rule, `cleaned` is what gets stored."""

    cleaned: dict[str, object] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def is_valid(self) -> bool:
        return not self.errors


class TrialType(Protocol):
    """A frozen dataclass of parameters. Its module's name is the trial type's name."""

    version: ClassVar[int]
    template: ClassVar[str]

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> TrialType: ...

    def to_parameters(self) -> dict[str, object]: ...

    def columns(self) -> tuple[Column, ...]:
        """What `rows` gives, column by column."""
        ...

    def shown(self) -> dict[str, object]:
        """What the page shows beside the clip; kept in the trial's snapshot."""
        ...

    def answer_form(self, answer: object) -> AnswerForm: ...

    def rows(self, answer: Mapping[str, object]) -> list[dict[str, object]]:
        """A stored answer as judgments, one row each, with exactly the declared columns."""
        ...

    def simulate_answer(self, rng: np.random.Generator) -> dict[str, object]:
        """What a simulated participant who heard the clip might send."""
        ...
