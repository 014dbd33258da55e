"""The engine's errors: each message is one sentence that names the rule and the value."""

from __future__ import annotations


class EngineError(ValueError):
    """Anything the engine refuses; the message is fit to be shown to a person."""


class AudioError(EngineError):
    """A file or an array that is not sound the engine can work on."""


class RecipeError(EngineError):
    """A recipe that breaks a rule."""


class ComponentError(EngineError):
    """A registered component that is unknown, broken, or given wrong parameters."""


class ModelError(EngineError):
    """A model that is missing, unsafe to load, or returns what it must not."""


class SelectionError(EngineError):
    """Nothing can be selected from the weights."""


class Cancelled(EngineError):
    """The caller's ``is_cancelled`` said so."""
