"""What all models that an operator gives have in common."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from explain_engine.digests import digest_data, digest_file
from explain_engine.errors import EngineError, ModelError
from explain_engine.front_ends import WAVEFORM, get_front_end
from explain_engine.model_files import FrontEndChoice, ModelFile
from explain_engine.models.base import Model
from explain_engine.registry import make_component

if TYPE_CHECKING:
    import numpy as np
    import torch

    from explain_engine.front_ends.picture import PictureFrontEnd

# What each file of code was when this process imported it.
_imported: dict[Path, str] = {}


class GivenModel(Model):
    """A model from a model file. Subclasses say how each kind is loaded and asked."""

    file: ClassVar[ModelFile]
    # What the digest does not cover, told on the card.
    identity: ClassVar[str] = ""

    @classmethod
    def declare(cls, file: ModelFile) -> dict[str, object]:
        """Return the class attributes ``input`` and ``features`` of what a model file describes."""
        return {
            "input": WAVEFORM if file.front_end is None else file.front_end.name,
            "features": () if file.head is None else file.head.features,
        }

    @classmethod
    def digest_weights(cls) -> str:
        """Return the sha256 of the parts' digests: description, weights, source."""
        return digest_data(cls.digest_parts())

    @classmethod
    def digest_parts(cls) -> dict[str, str]:
        """Return the digests of the description, and of the files of weights and code."""
        return cls.file.digests()

    @property
    def front_end(self) -> PictureFrontEnd | None:
        """What makes the model's input from sound, if it does not hear sound itself."""
        return self._front_end

    @cached_property
    def _front_end(self) -> PictureFrontEnd | None:
        choice = self.file.front_end
        return None if choice is None else make_front_end(choice, self.sr)

    def arrange(self, x: torch.Tensor) -> torch.Tensor:
        """Return inputs, shape=(batch, n_samples) or (batch, n_bands, n_frames), as it has axes."""
        axes = self.file.axes
        if "bands" in axes and axes.index("frames") < axes.index("bands"):
            x = x.transpose(-1, -2)
        return x.unsqueeze(1) if axes[0] == "channel" else x

    @contextmanager
    def name_failure(self, x: np.ndarray | torch.Tensor) -> Iterator[None]:
        """Turn what the model's own code raises into a sentence; want of memory stays as it is."""
        # slow import: torch
        import torch

        try:
            yield
        except (EngineError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # foreign code raises anything
            raise ModelError(
                f"Model {self.name} failed on input of shape {tuple(x.shape)}: {_say(error)}."
            ) from error


def make_front_end(choice: FrontEndChoice, sr: int) -> PictureFrontEnd:
    """Make the front end that a model file names.

    Raises
    ------
    EngineError
        If there is none of that name, or a parameter breaks a rule.
    """
    front_end: PictureFrontEnd = make_component(
        get_front_end(choice.name),
        f"front end {choice.name}",
        choice.name,
        {"sr": sr, **choice.parameters},
    )
    if (choice.mean, choice.std) == (0.0, 1.0):
        return front_end
    from explain_engine.front_ends.scaled import Scaled

    return Scaled(front_end, choice.mean, choice.std)


def import_code(file: ModelFile) -> object:
    """Import the class or function that a model file names.

    Raises
    ------
    ModelError
        If it cannot be imported, or its file changed since this process imported it.
    """
    module_name, _, name = file.code.partition(":")
    source = file.source
    assert source is not None  # files with code have one
    digest = digest_file(source)
    try:
        found: object = getattr(importlib.import_module(module_name), name)
    except AttributeError as error:
        raise ModelError(
            f"Module {module_name!r} must hold {name!r}, which model {file.name} names."
        ) from error
    except Exception as error:  # foreign code raises anything
        raise ModelError(f"Code of model {file.name} cannot be imported: {_say(error)}.") from error
    if _imported.setdefault(source, digest) != digest:
        raise ModelError(
            f"The code of model {file.name}, {source.name!r}, has changed since it was loaded: "
            f"start this process anew."
        )
    return found


def _say(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
