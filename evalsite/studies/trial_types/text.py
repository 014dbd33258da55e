"""Open words about one clip: one prompt or several, each with its own length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.studies import reading
from evalsite.studies.answers import check_object, check_words
from evalsite.studies.trial_types.base import NO_TRUTH, AnswerForm, Column, TrialType, Truth

MOST_CHARACTERS = 4000
WORDS = ("bright", "a slow tune", "drums", "nothing but noise", "sad", "strings, far away")


@dataclass(frozen=True)
class Prompt:
    """One field: what it asks, how long its answer may be (0 at least: may stay empty)."""

    name: str
    label: str
    at_least: int = 1
    at_most: int = 1000


@dataclass(frozen=True)
class Text(TrialType):
    """What do you hear? In the listener's own words."""

    prompts: tuple[Prompt, ...] = field(
        default_factory=lambda: (Prompt("words", _("What do you hear? Use your own words.")),)
    )

    version: ClassVar[int] = 2
    template: ClassVar[str] = "responses/trials/text.html"
    analysed_as: ClassVar[str] = "texts"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Text:
        given = reading.read_mapping(parameters, "parameters", keys=("prompts",))
        if "prompts" not in given:
            return cls()
        entries = reading.read_list(given["prompts"], "parameters.prompts", at_least=1, at_most=10)
        prompts = tuple(
            _read_prompt(entry, f"parameters.prompts[{i}]") for i, entry in enumerate(entries)
        )
        reading.refuse_repeats([prompt.name for prompt in prompts], "names of prompts")
        return cls(prompts)

    def to_parameters(self) -> dict[str, object]:
        return {"prompts": [asdict(prompt) for prompt in self.prompts]}

    def columns(self) -> tuple[Column, ...]:
        names = ", ".join(prompt.name for prompt in self.prompts)
        return (
            Column("prompt", "text", "What was asked", names),
            Column("text", "free text", "What the listener wrote (Unicode, NFC)", "any text"),
        )

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["words"])
        words = answer.get("words") if isinstance(answer, dict) else None
        # A page leaves out what stayed empty.
        words = {} if words is None else words
        names = [prompt.name for prompt in self.prompts]
        if not isinstance(words, dict) or any(name not in names for name in words):
            form.errors["words"] = f"words must be an object with {', '.join(names)}."
            return form
        cleaned = {
            prompt.name: check_words(
                form,
                words.get(prompt.name, ""),
                f"words.{prompt.name}",
                low=prompt.at_least,
                high=prompt.at_most,
            )
            for prompt in self.prompts
        }
        form.cleaned["words"] = cleaned
        return form

    def rows(
        self, answer: Mapping[str, object], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        words: Mapping[str, str] = answer["words"]  # type: ignore[assignment]
        # In their order on the page: a database may store the names of an answer in another.
        return [{"prompt": one.name, "text": words[one.name]} for one in self.prompts]

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, object], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """A few words, repeated until they are long enough."""
        words = {}
        for prompt in self.prompts:
            text = str(rng.choice(WORDS))
            while len(text) < prompt.at_least:
                text += f", {rng.choice(WORDS)}"
            words[prompt.name] = text[: prompt.at_most].strip().ljust(prompt.at_least, ".")
        return {"words": words}


def _read_prompt(entry: object, where: str) -> Prompt:
    given = reading.read_mapping(entry, where, keys=("name", "label", "at_least", "at_most"))
    at_least = reading.read_whole_number(
        given.get("at_least", 1), f"{where}.at_least", low=0, high=MOST_CHARACTERS
    )
    at_most = reading.read_whole_number(
        given.get("at_most", max(1000, at_least)),
        f"{where}.at_most",
        low=max(1, at_least),
        high=MOST_CHARACTERS,
    )
    return Prompt(
        name=reading.read_name(given.get("name"), f"{where}.name"),
        label=reading.read_text(given.get("label"), f"{where}.label"),
        at_least=at_least,
        at_most=at_most,
    )
