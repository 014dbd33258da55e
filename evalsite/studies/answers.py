"""Checks of what listeners send, by which trial types build their one validation."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from evalsite.studies.trial_types.base import AnswerForm, Column

CANT_TELL = "cant_tell"


def confidence_column(steps: Sequence[str], of: str = "") -> Column:
    named = ", ".join(f"{i} {step}" for i, step in enumerate(steps, start=1))
    meaning = f"How sure the listener was{of} ({named})"
    return Column("confidence", "whole number", meaning, f"1 to {len(steps)}")


def check_confidence(form: AnswerForm, answer: object, steps: Sequence[str]) -> None:
    """Put how sure the listener was into the form, if the trial type asks for it."""
    if steps:
        check_whole_number(form, answer, "confidence", low=1, high=len(steps))


def draw_confidence(rng: np.random.Generator, steps: Sequence[str]) -> dict[str, object]:
    """Any step, if the trial type asks for it."""
    return {"confidence": int(rng.integers(1, len(steps) + 1))} if steps else {}


def check_object(answer: object, keys: Sequence[str]) -> AnswerForm:
    """The start of every form: an object that holds nothing but `keys`."""
    form = AnswerForm()
    if not isinstance(answer, dict):
        form.errors["answer"] = f"answer must be an object with {', '.join(keys)}."
        return form
    for key in answer:
        if key not in keys:
            form.errors["answer"] = f"answer may hold {', '.join(keys)}, got {ascii(key)[:40]}."
    return form


def check_choice(form: AnswerForm, answer: object, name: str, choices: Sequence[str]) -> None:
    """Put `answer[name]` into the form if it is one of `choices`, else the rule it breaks."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if isinstance(value, str) and value in choices:
        form.cleaned[name] = value
    else:
        form.errors[name] = f"{name} must be one of {', '.join(choices)}, got {ascii(value)[:40]}."


def check_whole_number(form: AnswerForm, answer: object, name: str, *, low: int, high: int) -> None:
    """Put `answer[name]` into the form if it is a whole number from `low` to `high`."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if type(value) is int and low <= value <= high:
        form.cleaned[name] = value
    else:
        form.errors[name] = (
            f"{name} must be a whole number from {low} to {high}, got {ascii(value)[:40]}."
        )


def check_ratings(
    form: AnswerForm,
    answer: object,
    names: Sequence[str],
    *,
    low: int,
    high: int,
    offer_cant_tell: bool,
) -> None:
    """Put `answer["ratings"]` into the form: each name with a whole number or "can't tell"."""
    ratings = answer.get("ratings") if isinstance(answer, dict) else None
    if not isinstance(ratings, dict):
        form.errors["ratings"] = "ratings must be an object with one entry a quality."
        return
    for name in ratings:
        if name not in names:
            form.errors["ratings"] = f"ratings may hold {', '.join(names)}, got {ascii(name)[:40]}."
    choice = f" or {CANT_TELL!r}" if offer_cant_tell else ""
    cleaned = {}
    for name in names:
        rating = ratings.get(name)
        is_step = type(rating) is int and low <= rating <= high
        if is_step or (offer_cant_tell and rating == CANT_TELL):
            cleaned[name] = rating
        else:
            form.errors[f"ratings.{name}"] = (
                f"ratings.{name} must be a whole number from {low} to {high}{choice}, "
                f"got {ascii(rating)[:40]}."
            )
    form.cleaned["ratings"] = cleaned


def check_words(form: AnswerForm, value: object, where: str, *, low: int, high: int) -> str:
    """Text of `low` to `high` characters without blank ends (NFC); else the form gets the rule."""
    text = unicodedata.normalize("NFC", value.strip()) if isinstance(value, str) else None
    if text is not None and low <= len(text) <= high:
        return text
    got = f"{len(text)}" if text is not None else ascii(value)[:40]
    form.errors[where] = f"{where} must be text of {low} to {high} characters, got {got}."
    return ""
