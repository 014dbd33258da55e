"""Sources that somebody has: the recording's stems, or what a separation program made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explain_engine.errors import ComponentError

if TYPE_CHECKING:
    from explain_engine.analysis import SoundAnalysis
    from explain_engine.sources import Sources

RESIDUAL = "residual"


@dataclass(frozen=True)
class Stems:
    """Takes the sources from given files, each as long as the recording; the rest is a source too.

    Parameters
    ----------
    files : tuple of str
        One sound file for each stem, of the recording's length and all of one rate. A stem is
        called what its file is called.
    """

    reads_files: ClassVar[bool] = True
    finds_sources: ClassVar[bool] = True

    files: tuple[str, ...] = field(
        default=(), metadata={"help": "A sound file for each stem, as long as the recording"}
    )

    def __post_init__(self) -> None:
        names = [*(Path(file).stem for file in self.files), RESIDUAL]
        if len(set(names)) != len(names):
            raise ComponentError(
                f"Stems must have a file name each, none of them {RESIDUAL}, "
                f"got {', '.join(names[:-1])}."
            )

    def __call__(self, analysis: SoundAnalysis) -> Sources:
        """Return a source for each file, and ``residual``: what they leave of the excerpt.

        Raises
        ------
        ComponentError
            If there is no file, or the files' lengths or rates differ.
        AudioError
            If a file is not sound or ends before the excerpt does.
        """
        # slow import: soundfile, torch
        from explain_engine.sources import Sources

        if not self.files:
            raise ComponentError("The segmenter stems must be given 1 file or more, got none.")
        sounds: list[np.ndarray] = []
        first: tuple[int, int] | None = None
        for file in self.files:
            sound, shape = _load_stem(file, analysis)
            if first is not None and shape != first:
                raise ComponentError(
                    f"Stems must have one length and rate: {Path(self.files[0]).name} has "
                    f"{first[0]} samples at {first[1]} Hz, {Path(file).name} {shape[0]} at "
                    f"{shape[1]} Hz."
                )
            first = shape
            sounds.append(sound)
        residual = analysis.y - np.sum(sounds, axis=0, dtype=np.float32)
        names = (*(Path(file).stem for file in self.files), RESIDUAL)
        return Sources(analysis, np.stack([*sounds, residual]), names)


def _load_stem(file: str, analysis: SoundAnalysis) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the excerpt's samples at the model's rate, and the file's length and rate."""
    # slow import: soundfile
    from explain_engine.audio import load_audio
    from explain_engine.excerpt import cut_excerpt, resample

    audio = load_audio(file)
    excerpt = cut_excerpt(audio, analysis.start, analysis.n_samples / analysis.sr)
    shape = (len(audio.y), audio.sr)
    return resample(excerpt, analysis.sr, analysis.n_samples), shape
