"""Spans marked on the time line: where is it? Or nowhere, which is an answer too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from django.utils.translation import gettext as _

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading
from evalsite.studies.answers import check_object
from evalsite.studies.trial_types.base import (
    NO_TRUTH,
    AnswerForm,
    Column,
    ItemPlan,
    Material,
    PracticeSounds,
    SignalPlan,
    TrialType,
    Truth,
    plan_one_clip,
)

NONE = "none"
PICTURES = ("none", "waveform", "spectrogram")
MOST_SPANS = 20
# Times are kept to the millisecond.
DIGITS = 3
SLACK = 0.002


@dataclass(frozen=True)
class Mark:
    """What is marked: its name in the tables, the words on the page."""

    name: str
    label: str


@dataclass(frozen=True)
class Regions(TrialType):
    """Where in the clip? Blind, or under a picture of the unchanged excerpt."""

    prompts: tuple[Mark, ...] = field(
        default_factory=lambda: (Mark("marked", _("Mark where you hear it.")),)
    )
    # Drawn from the original in every condition, so that it tells none.
    picture: str = "none"
    # For each prompt, unless the answer is "nowhere".
    min_spans: int = 1
    max_spans: int = 5
    # Of each span; 0: any length.
    min_seconds: float = 0.2
    max_seconds: float = 0.0
    offer_none: bool = True

    version: ClassVar[int] = 1
    template: ClassVar[str] = "responses/trials/regions.html"
    analysed_as: ClassVar[str] = "spans"
    script: ClassVar[str] = "js/sitting/span-marks.js"
    player: ClassVar[Mapping[str, bool]] = {"is_wide": True}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Regions:
        readers = {
            "prompts": _read_prompts,
            "picture": lambda value, where: reading.read_choice(value, where, choices=PICTURES),
            "min_spans": lambda value, where: reading.read_whole_number(
                value, where, low=1, high=MOST_SPANS
            ),
            "max_spans": lambda value, where: reading.read_whole_number(
                value, where, low=1, high=MOST_SPANS
            ),
            "min_seconds": lambda value, where: reading.read_number(value, where, low=0, high=60),
            "max_seconds": lambda value, where: reading.read_number(value, where, low=0, high=60),
            "offer_none": reading.read_bool,
        }
        made = cls(**reading.read_fields(parameters, "parameters", readers))
        if made.max_spans < made.min_spans:
            raise EarwitnessError(
                f"parameters.max_spans must be min_spans ({made.min_spans}) or more, "
                f"got {made.max_spans}."
            )
        if 0 < made.max_seconds < made.min_seconds:
            raise EarwitnessError(
                f"parameters.max_seconds must be 0 or min_seconds ({made.min_seconds:g}) or more, "
                f"got {made.max_seconds:g}."
            )
        return made

    def to_parameters(self) -> dict[str, object]:
        return {**asdict(self), "prompts": [asdict(prompt) for prompt in self.prompts]}

    def plan_items(
        self, materials: Sequence[Material], conditions: Sequence[str], rng: np.random.Generator
    ) -> list[ItemPlan]:
        plans = []
        for material in materials:
            shown = self._show_seconds(material.clips[conditions[0]].duration)
            for condition in conditions:
                plans.append(plan_one_clip(material, condition, shown=shown))
        return plans

    def plan_practice(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        signal = SignalPlan("clip", "practice", sound=sounds.piece)
        shown = self._show_seconds(sounds.piece.duration)
        return [ItemPlan((signal,), "practice", shown=shown)]

    def plan_catch(self, sounds: PracticeSounds, rng: np.random.Generator) -> list[ItemPlan]:
        """One that asks to mark nothing."""
        if not self.offer_none:
            return []
        signal = SignalPlan("clip", "catch", sound=sounds.piece)
        note = _("To show that you are reading, mark nothing here: choose “Nowhere”.")
        shown = {**self._show_seconds(sounds.piece.duration), "note": note}
        return [ItemPlan((signal,), "catch", shown=shown, key={"is_none": True})]

    def _show_seconds(self, duration: float) -> dict[str, object]:
        needed = self.min_spans * self.min_seconds
        if duration < needed:
            raise EarwitnessError(
                f"Clips must last {needed:g} seconds or more for {self.min_spans} spans of "
                f"{self.min_seconds:g} seconds, got one of {duration:g}."
            )
        return {"seconds": round(duration, DIGITS)}

    def columns(self) -> tuple[Column, ...]:
        names = ", ".join(prompt.name for prompt in self.prompts)
        return (
            Column("prompt", "text", "What was marked", names),
            Column("span", "whole number", "Which span of the answer, in time; 0: none", "0…"),
            Column("start", "number", "Seconds from the clip's start; empty: none", "0…"),
            Column("end", "number", "Seconds from the clip's start; empty: none", "0…"),
            Column(
                "is_none", "true or false", "The listener said that it is nowhere", "true, false"
            ),
        )

    def answer_form(self, answer: object, shown: Mapping[str, object]) -> AnswerForm:
        form = check_object(answer, ["spans"])
        given = answer.get("spans") if isinstance(answer, dict) else None
        names = [prompt.name for prompt in self.prompts]
        if not isinstance(given, dict) or any(name not in names for name in given):
            form.errors["spans"] = f"spans must be an object with {', '.join(names)}."
            return form
        seconds = float(shown["seconds"])  # type: ignore[arg-type]
        cleaned: dict[str, object] = {}
        for name in names:
            error = self._find_error(given.get(name), seconds)
            if error:
                form.errors[f"spans.{name}"] = f"spans.{name} {error}."
            elif given[name] == NONE:
                cleaned[name] = NONE
            else:
                cleaned[name] = [[round(float(t), DIGITS) for t in span] for span in given[name]]
        form.cleaned["spans"] = cleaned
        return form

    def _find_error(self, spans: object, seconds: float) -> str:
        """The rule that one prompt's spans break; empty: none."""
        if self.offer_none and spans == NONE:
            return ""
        choice = f" or {NONE!r}" if self.offer_none else ""
        if not isinstance(spans, list) or not self.min_spans <= len(spans) <= self.max_spans:
            return (
                f"must be a list of {self.min_spans} to {self.max_spans} spans{choice}, "
                f"got {ascii(spans)[:40]}"
            )
        reached = 0.0
        for span in spans:
            if not _is_span(span):
                return f"must hold pairs [start, end] of seconds, got {ascii(span)[:40]}"
            start, end = span
            if end > seconds + SLACK:
                return f"must end within the clip's {seconds:g} seconds, got {end:g}"
            if start < reached:
                return f"must be in order and apart from each other, got {ascii(span)[:40]}"
            if end - start < self.min_seconds - SLACK:
                return f"must be of {self.min_seconds:g} seconds or more, got {end - start:.3g}"
            if self.max_seconds and end - start > self.max_seconds + SLACK:
                return f"must be of {self.max_seconds:g} seconds or less, got {end - start:.3g}"
            reached = end
        return ""

    def rows(
        self, answer: Mapping[str, Any], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> list[dict[str, object]]:
        """One row a span, or one that says that there is none."""
        rows: list[dict[str, object]] = []
        for name in (prompt.name for prompt in self.prompts):
            spans = answer["spans"][name]
            if spans == NONE:
                none = {"prompt": name, "span": 0, "start": None, "end": None, "is_none": True}
                rows.append(none)
                continue
            rows += [
                {"prompt": name, "span": number, "start": start, "end": end, "is_none": False}
                for number, (start, end) in enumerate(spans, start=1)
            ]
        return rows

    def passes_catch(
        self, answer: Mapping[str, Any], shown: Mapping[str, object], key: Mapping[str, object]
    ) -> bool:
        return all(spans == NONE for spans in answer["spans"].values())

    def simulate_answer(
        self, rng: np.random.Generator, shown: Mapping[str, Any], truth: Truth = NO_TRUTH
    ) -> dict[str, object]:
        """With the probability of the skill what the truth says, else spans anywhere.

        The truth may hold `is_none`, as in a catch trial, or `spans` of each prompt.
        """
        is_heard = rng.random() < truth.skill
        if is_heard and truth.key.get("is_none"):
            return {"spans": {prompt.name: NONE for prompt in self.prompts}}
        if is_heard and "spans" in truth.key:
            return {"spans": truth.key["spans"]}
        seconds = float(shown["seconds"])
        return {"spans": {prompt.name: self._draw(rng, seconds) for prompt in self.prompts}}

    def _draw(self, rng: np.random.Generator, seconds: float) -> str | list[list[float]]:
        if self.offer_none and rng.random() < 0.1:
            return NONE
        most = int(seconds / self.min_seconds) if self.min_seconds else self.max_spans
        n = int(rng.integers(self.min_spans, max(self.min_spans, min(self.max_spans, 3, most)) + 1))
        slot = seconds / n
        longest = min(slot, self.max_seconds or slot)
        spans = []
        for i in range(n):
            length = rng.uniform(min(max(self.min_seconds, longest / 5), longest), longest)
            start = i * slot + rng.uniform(0, slot - length)
            # Rounded down, so that neighbours stay apart.
            ends = (np.floor(t * 10**DIGITS) / 10**DIGITS for t in (start, start + length))
            spans.append([float(t) for t in ends])
        return spans


def _is_span(span: object) -> bool:
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(type(t) in (int, float) for t in span)
        and 0 <= span[0] < span[1]
    )


def _read_prompts(value: object, where: str) -> tuple[Mark, ...]:
    entries = reading.read_list(value, where, at_least=1, at_most=4)
    prompts = []
    for i, entry in enumerate(entries):
        given = reading.read_mapping(entry, f"{where}[{i}]", keys=("name", "label"))
        name = reading.read_name(given.get("name"), f"{where}[{i}].name")
        label = reading.read_text(given.get("label"), f"{where}[{i}].label", at_most=120)
        prompts.append(Mark(name, label))
    reading.refuse_repeats([prompt.name for prompt in prompts], "names of prompts")
    return tuple(prompts)
