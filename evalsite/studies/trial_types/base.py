"""What every trial type is made of: parameters, items, what is shown, the one validation, rows.

`Block` and everything around it (allocation, familiarity, the gate, the wire) is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import ClassVar, Self

import numpy as np

from evalsite.clips.models import Clip, Explanation
from evalsite.studies.design import derive_seed, order_trials

LETTERS = "ABCDEFGHIJKLMNOPQSTUVWXYZ"
REFERENCE, REFERENCE_LABEL = "reference", "R"


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


@dataclass(frozen=True)
class Sound:
    """A stored file that is no clip of an explanation: the practice piece, an anchor."""

    blob: str
    n_bytes: int
    duration: float


@dataclass(frozen=True)
class PracticeSounds:
    """The piece that sets the volume, and the same with everything high taken out."""

    piece: Sound
    muffled: Sound


@dataclass(frozen=True)
class Material:
    """An explanation, its clips of one target by kind, and `sounds` made of them by condition."""

    explanation: Explanation
    target: str
    clips: Mapping[str, Clip]
    sounds: Mapping[str, Sound] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    is_training: bool = False


@dataclass(frozen=True)
class SignalPlan:
    """One sound of an item: a clip, or a file of our own. `condition` is never shown."""

    role: str
    condition: str
    clip: Clip | None = None
    sound: Sound | None = None


@dataclass(frozen=True)
class ItemPlan:
    """An item to be. `shown` is public, `key` is the known answer."""

    signals: tuple[SignalPlan, ...]
    condition: str
    material: Material | None = None
    shown: Mapping[str, object] = field(default_factory=dict)
    key: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ItemView:
    """What `arrange` may know of a stored item. Roles stand in the order of the plan.

    `sitting_seed` is the same in all trials of a sitting, for what a listener finds in one order.
    """

    roles: tuple[str, ...]
    conditions: tuple[str, ...]
    shown: Mapping[str, object] = field(default_factory=dict)
    key: Mapping[str, object] = field(default_factory=dict)
    sitting_seed: int = 0


@dataclass(frozen=True)
class Arrangement:
    """An item as one listener gets it: signals in their order, with labels.

    `shown` and `key` are added to the item's (the order of choices; which of two came first).
    """

    signals: tuple[int, ...]
    labels: tuple[str, ...]
    shown: Mapping[str, object] = field(default_factory=dict)
    key: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """What a skilled simulated listener knows, and how often it hears it: `skill` from 0 to 1."""

    key: Mapping[str, object] = field(default_factory=dict)
    skill: float = 0.0


NO_TRUTH = Truth()


class TrialType:
    """A frozen dataclass of parameters. Its module's name is the trial type's name.

    `shown` is what the page and programs get: the public parameters, the item's and the
    arrangement's, and `labels`. `key` is hidden: the item's, the arrangement's, and `conditions`
    by label. A signal is known to answers and rows by its label.
    """

    version: ClassVar[int]
    template: ClassVar[str]
    # A module of static files that the page loads beside the player, or none.
    script: ClassVar[str] = ""
    # How the page and its player look, true where wanted: is_wide (the question above the answer,
    # not beside it), has_loop, is_apart (each signal keeps its place; else all go in step),
    # has_own_buttons (the template has the signals' buttons).
    player: ClassVar[Mapping[str, bool]] = {}
    # Columns for screening, or none: the answer as it was given (the same one over and over is
    # told by it), and what two answers to one item should have in common.
    given_column: ClassVar[str] = ""
    repeat_column: ClassVar[str] = ""
    # What becomes of the answers, by the name of a kind of question (evalsite/results/questions),
    # which needs the columns of the built-in types it is for; none: they are counted only.
    analysed_as: ClassVar[str] = ""

    @property
    def scale_width(self) -> float:
        """Highest minus lowest value of the repeat column; 0: a choice."""
        return 0.0

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Self:
        raise NotImplementedError

    def to_parameters(self) -> dict[str, object]:
        """All parameters as plain data; `from_parameters` reads them back."""
        return asdict(self)  # type: ignore[call-overload]

    def public_parameters(self) -> dict[str, object]:
        """Those a listener may see; `from_parameters` must take them."""
        return self.to_parameters()

    def check_conditions(self, conditions: Sequence[str]) -> None:
        """Raise EarwitnessError where items cannot be made of these conditions."""

    def prepare(self, materials: Sequence[Material]) -> list[Material]:
        """Make the sounds that items need beside the clips; refuse clips that will not do."""
        return list(materials)

    def find_obstacles(
        self, *, n_recordings: int, n_training: int, min_heard: str | float
    ) -> list[str]:
        """What forbids opening a study with so many recordings a listener, and so on."""
        return []

    def choose_training(
        self, materials: Sequence[Material], n: int, *, seed: int, block: str
    ) -> list[int]:
        """Places of the n sources that are for training: by default any, drawn for each block."""
        order = order_trials(len(materials), derive_seed(seed, f"training of {block}"))
        return sorted(order[:n])

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        """The items of a block. By default one clip each, of every material in every condition."""
        return [
            plan_one_clip(material, condition) for material in materials for condition in conditions
        ]

    def plan_practice(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        """What is practised on: by default one look at the piece."""
        signal = SignalPlan("clip", "practice", sound=sounds.piece)
        return [ItemPlan((signal,), "practice")]

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        """Items whose right answer everybody who listens knows; none: the type has no such."""
        return []

    def arrange(self, item: ItemView, rng: np.random.Generator) -> Arrangement:
        """Any order; references come first and are named R, the others A, B, …"""
        references = [i for i, role in enumerate(item.roles) if role == REFERENCE]
        others = [i for i, role in enumerate(item.roles) if role != REFERENCE]
        others = [others[i] for i in rng.permutation(len(others))]
        labels = (*(REFERENCE_LABEL for _ in references), *LETTERS[: len(others)])
        return Arrangement((*references, *others), labels)

    def must_hear(self, shown: Mapping[str, object], answer: Mapping[str, object]) -> list[str]:
        """Labels of the signals that have to be heard before this answer is taken."""
        return list(shown["labels"])  # type: ignore[call-overload]

    def columns(self) -> tuple[Column, ...]:
        """What `rows` gives, column by column; names that the core uses are taken."""
        raise NotImplementedError

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        raise NotImplementedError

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        """A stored answer as judgments with exactly the declared columns.

        A row may also hold `signal`, a label: then condition, clip and what was heard are that
        signal's and not the whole trial's.
        """
        raise NotImplementedError

    def passes_catch(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> bool:
        """Whether the answer to an item of `plan_catch` is the right one."""
        raise NotImplementedError

    def feedback(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> dict[str, object] | None:
        """What a listener is told after a practice or training answer; None: nothing.

        `{"is_correct": bool | None, "message": str}`; more may be there for the type's script.
        """
        return None

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """What a simulated participant who heard the signals might send."""
        raise NotImplementedError


def plan_one_clip(
    material: Material,
    condition: str,
    *,
    role: str = "clip",
    shown: Mapping[str, object] | None = None,
) -> ItemPlan:
    signal = SignalPlan(role, condition, clip=material.clips[condition])
    return ItemPlan((signal,), condition, material, shown=shown or {})
