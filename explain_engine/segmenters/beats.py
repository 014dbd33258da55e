"""Spans from beat to beat (Ellis 2007, dynamic programming; librosa's implementation)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from explain_engine.errors import ComponentError

if TYPE_CHECKING:
    from explain_engine.analysis import Analysis

HOP_SECONDS = 0.016


@dataclass(frozen=True)
class Beats:
    """Cuts the excerpt at its beats, so that no note is cut where a beat begins.

    Parameters
    ----------
    n_beats : int
        Beats in a component.
    max_components : int
        Bound: where there would be more, components last a multiple of `n_beats` beats.
    """

    n_beats: int = field(default=1, metadata={"help": "Beats in a component", "min": 1, "max": 64})
    max_components: int = field(
        default=40,
        metadata={
            "help": "At most so many; then components last longer",
            "min": 2,
            "max": 200,
        },
    )

    def __call__(self, analysis: Analysis) -> np.ndarray:
        """Return labels, shape=(n_bands, n_frames): what sounds before the first beat comes first.

        Raises
        ------
        ComponentError
            If fewer than 2 spans of so many beats are found.
        """
        bounds = self._find_beats(analysis)
        step = self.n_beats
        while len(bounds[::step]) + 1 > self.max_components:
            step += self.n_beats
        bounds = bounds[::step]
        if len(bounds) == 0:
            raise ComponentError(
                "The segmenter beats must find 1 beat or more within the excerpt, it found none; "
                "time cuts it into equal spans."
            )
        n_bands, n_frames = analysis.picture.shape
        span = np.searchsorted(bounds, np.arange(n_frames), side="right")
        return np.asarray(np.tile(span, (n_bands, 1)))

    def _find_beats(self, analysis: Analysis) -> np.ndarray:
        """Return the picture's frames at which beats begin, none of them the first frame."""
        # slow import: librosa
        import librosa

        hop = round(HOP_SECONDS * analysis.sr)
        # The mean over bands: the median, librosa's own choice here, is deaf to a lone instrument.
        onsets = librosa.onset.onset_strength(
            y=analysis.y, sr=analysis.sr, hop_length=hop, n_fft=4 * hop, n_mels=40
        )
        _, beats = librosa.beat.beat_track(
            onset_envelope=onsets, sr=analysis.sr, hop_length=hop, trim=False, units="samples"
        )
        frames = np.unique(analysis.find_frames(beats))
        return np.asarray(frames[(frames > 0) & (frames < analysis.picture.shape[1])])
