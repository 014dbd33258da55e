"""Model files: how an operator describes a model of their own.

A model file is TOML. It names code and weights, so it comes only from who runs the engine (the
command line, the site's settings), never from a form, a program or a study. Reading one loads
neither code nor weights.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from explain_engine.code_files import find_source
from explain_engine.digests import digest_data, digest_file
from explain_engine.errors import ModelError

KINDS = ("torch", "onnx", "callable", "a2mid2e")
# What each kind must have beside what all have, and what it may have.
NEEDED = {
    "torch": ("code", "weights"),
    "onnx": ("weights",),
    "callable": ("code",),
    "a2mid2e": ("weights",),
}
ALLOWED = {
    "torch": ("arguments", "axes", "front_end", "head"),
    "onnx": ("axes", "front_end", "outputs"),
    "callable": ("weights",),
    "a2mid2e": (),
}
SOUND_AXES = (("samples",), ("channel", "samples"))
PICTURE_AXES = (
    ("bands", "frames"),
    ("frames", "bands"),
    ("channel", "bands", "frames"),
    ("channel", "frames", "bands"),
)
MAX_FILE_BYTES = 1 << 20
MAX_LETTERS = 200  # of a text that is shown in one line


@dataclass(frozen=True)
class FrontEndChoice:
    """A front end of the engine's: its name, its parameters, and how its picture is scaled.

    Parameters
    ----------
    name : str
        Which one.
    parameters : mapping
        Its parameters; the sample rate is the model's.
    mean, std : float
        The model is given ``(picture - mean) / std``.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    mean: float = 0.0
    std: float = 1.0


@dataclass(frozen=True)
class HeadChoice:
    """Where the linear layer from features to emotions is.

    Parameters
    ----------
    module : str
        Dotted name of a submodule, a ``torch.nn.Linear``.
    features, emotions : tuple of str
        Names of its inputs and outputs. Features that are not among the model's targets are read
        where they go into the layer, and become targets too.
    """

    module: str
    features: tuple[str, ...]
    emotions: tuple[str, ...]


@dataclass(frozen=True)
class ModelFile:
    """A model as its operator describes it.

    Parameters
    ----------
    path : pathlib.Path
        The model file.
    name, title, licence, card : str
        As of every model; the name is lower case.
    kind : {"torch", "onnx", "callable", "a2mid2e"}
        What it is.
    targets : tuple of str
        Names of its outputs, in their order.
    sr : int
        Rate of the sound that it hears, Hz.
    code : str
        ``package.module:Name`` of a module's class or of a function.
    arguments : mapping
        What the class is made with.
    weights : pathlib.Path or None
        Its weights: safetensors, ONNX; for a callable, a file that counts as its weights.
    axes : tuple of str
        Axes of its input after the batch.
    outputs : tuple of str
        Names of an ONNX graph's outputs to use, one after the other; by default its first.
    front_end : FrontEndChoice or None
        What makes its input from sound; None for a model that hears sound.
    head : HeadChoice or None
        Its linear layer.
    """

    path: Path
    name: str
    title: str
    kind: str
    targets: tuple[str, ...]
    sr: int
    licence: str
    card: str
    code: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    axes: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    front_end: FrontEndChoice | None = None
    head: HeadChoice | None = None

    @property
    def all_targets(self) -> tuple[str, ...]:
        """The outputs' names, then those of features that are read within the model."""
        features = () if self.head is None else self.head.features
        return (*self.targets, *(name for name in features if name not in self.targets))

    @property
    def source(self) -> Path | None:
        """The file that holds the class or function; found without importing it."""
        return find_source(self.code, self.path.name) if self.code else None

    def digests(self) -> dict[str, str]:
        """Return the sha256 of all that decides what the model says, part by part.

        Returns
        -------
        dict of str to str
            ``description`` (what the model file says, its words for people left out), and
            ``weights`` and ``source`` where there are such files.
        """
        told = asdict(self)
        for name in ("path", "title", "licence", "card", "weights"):
            del told[name]
        found = {"description": digest_data(told)}
        for name, path in (("weights", self.weights), ("source", self.source)):
            if path is not None:
                found[name] = digest_file(path)
        return found


def read_model_file(path: str | Path) -> ModelFile:
    """Read and check a model file; nothing that it names is loaded.

    Raises
    ------
    ModelError
        If it is no such file, or breaks a rule: one sentence.
    """
    path = Path(path)
    return _Reader(path, _read_toml(path)).read()


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ModelError(f"A model file must exist, got {path.name!r}.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ModelError(f"A model file must be TOML of at most 1 MB, {path.name!r} is larger.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"A model file must be TOML, {path.name!r} is not: {error}.") from error


class _Reader:
    """Takes a model file's entries one by one and names the first that breaks a rule."""

    def __init__(self, path: Path, data: dict[str, Any]) -> None:
        self.path, self.data = path, data

    def read(self) -> ModelFile:
        self._check_names(self.data, [f.name for f in fields(ModelFile) if f.name != "path"], "")
        name = self._text(self.data, "name")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
            raise self._refuse(
                f"name must be up to 64 lower-case letters, digits and _, got {name!r}"
            )
        kind = self._text(self.data, "kind")
        if kind not in KINDS:
            raise self._refuse(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
        self._check_kind(kind)
        targets = self._names(self.data, "targets")
        front_end = self._front_end()
        return ModelFile(
            path=self.path,
            name=name,
            title=self._line(self.data, "title", name),
            kind=kind,
            targets=targets,
            sr=self._rate(),
            licence=self._line(self.data, "licence"),
            card=" ".join(self._text(self.data, "card").split()),
            code=self._code(),
            arguments=self._arguments(),
            weights=self._weights(),
            axes=self._axes(is_picture=front_end is not None),
            outputs=self._names(self.data, "outputs") if "outputs" in self.data else (),
            front_end=front_end,
            head=self._head(targets),
        )

    def _refuse(self, reason: str) -> ModelError:
        return ModelError(f"Model file {self.path.name!r}: {reason}.")

    def _check_names(self, table: Mapping[str, Any], known: Iterable[str], of: str) -> None:
        known = list(known)
        for key in table:
            if key not in known:
                raise self._refuse(f"{of}{key} is unknown, known are {', '.join(known)}")

    def _check_kind(self, kind: str) -> None:
        for key in NEEDED[kind]:
            if key not in self.data:
                raise self._refuse(f"a model of kind {kind} must have {key}, got none")
        for key in ("code", "weights", "arguments", "axes", "outputs", "front_end", "head"):
            if key in self.data and key not in (*NEEDED[kind], *ALLOWED[kind]):
                raise self._refuse(f"a model of kind {kind} has no {key}")

    def _text(self, table: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self._refuse(f"{key} must be a text, got {value!r}")
        return value.strip()

    def _line(self, table: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = self._text(table, key, default)
        if not _is_line(value):
            raise self._refuse(f"{key} must be one line of at most {MAX_LETTERS} letters")
        return value

    def _names(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key)
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(item, str) and item and _is_line(item) for item in value)
            or len(set(value)) != len(value)
        ):
            raise self._refuse(f"{key} must be a list of names, each once, got {value!r}")
        return tuple(value)

    def _number(self, table: Mapping[str, Any], key: str, default: float) -> float:
        value = table.get(key, default)
        if type(value) not in (int, float) or not math.isfinite(value):
            raise self._refuse(f"{key} must be a finite number, got {value!r}")
        return float(value)

    def _rate(self) -> int:
        sr = self.data.get("sr")
        if type(sr) is not int or not 8_000 <= sr <= 192_000:
            raise self._refuse(f"sr must be a whole number from 8000 to 192000 Hz, got {sr!r}")
        return sr

    def _code(self) -> str:
        if "code" not in self.data:
            return ""
        code = self._text(self.data, "code")
        if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", code, re.ASCII):
            raise self._refuse(f"code must be package.module:Name, got {code!r}")
        find_source(code, self.path.name)
        return code

    def _arguments(self) -> Mapping[str, Any]:
        arguments = self._table("arguments")
        try:
            json.dumps(arguments, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise self._refuse(
                f"arguments must be texts, finite numbers, true or false, lists and tables "
                f"({error})"
            ) from error
        return arguments

    def _weights(self) -> Path | None:
        if "weights" not in self.data:
            return None
        path = self.path.parent / self._text(self.data, "weights")
        if not path.is_file():
            raise self._refuse(f"weights must name a file, {path.name!r} is none")
        return path.resolve()

    def _table(self, key: str) -> dict[str, Any]:
        table = self.data.get(key, {})
        if not isinstance(table, dict):
            raise self._refuse(f"{key} must be a table, got {table!r}")
        return table

    def _axes(self, *, is_picture: bool) -> tuple[str, ...]:
        known = PICTURE_AXES if is_picture else SOUND_AXES
        if "axes" not in self.data:
            return known[0]
        axes = self._names(self.data, "axes")
        if axes not in known:
            listed = " or ".join(", ".join(choice) for choice in known)
            raise self._refuse(f"axes must be {listed}, got {', '.join(axes)}")
        return axes

    def _front_end(self) -> FrontEndChoice | None:
        if "front_end" not in self.data:
            return None
        table = self._table("front_end")
        parameters = {k: v for k, v in table.items() if k not in ("name", "mean", "std")}
        mean, std = self._number(table, "mean", 0.0), self._number(table, "std", 1.0)
        if std <= 0:
            raise self._refuse(f"front_end std must be above 0, got {std:g}")
        return FrontEndChoice(self._text(table, "name"), parameters, mean, std)

    def _head(self, targets: tuple[str, ...]) -> HeadChoice | None:
        if "head" not in self.data:
            return None
        table = self._table("head")
        self._check_names(table, ("module", "features", "emotions"), "head ")
        head = HeadChoice(
            self._text(table, "module"),
            self._names(table, "features"),
            self._names(table, "emotions"),
        )
        for emotion in head.emotions:
            if emotion not in targets:
                raise self._refuse(f"head emotions must be targets, {emotion!r} is none")
            if emotion in head.features:
                raise self._refuse(f"head must not have {emotion!r} as feature and emotion")
        return head


def _is_line(text: str) -> bool:
    return text.isprintable() and len(text) <= MAX_LETTERS
