"""An excerpt, analysed: what segmenters look at and masks are applied to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explain_engine.front_end import LogPicture
from explain_engine.transform import Stft


@dataclass(frozen=True, eq=False)
class Analysis:
    """An excerpt at the model's rate with its spectrum and picture.

    Parameters
    ----------
    y : np.ndarray, shape=(n_samples,), float32
        The excerpt.
    sr : int
        The model's sample rate in hertz.
    stft : Stft
        The transform.
    front_end : LogPicture
        What made the picture.
    spectrum : torch.Tensor, shape=(n_bins, n_stft_frames), complex64
        The excerpt's STFT.
    power : np.ndarray, shape=(n_bins, n_stft_frames), float32
        Its squared magnitude.
    picture : np.ndarray, shape=(n_bands, n_frames), float32 in [0, 1]
        Its log-frequency picture.
    start : float
        Second of the recording at which the excerpt starts.
    """

    y: np.ndarray
    sr: int
    stft: Stft
    front_end: LogPicture
    spectrum: torch.Tensor
    power: np.ndarray
    picture: np.ndarray
    start: float = 0.0

    @property
    def n_samples(self) -> int:
        return len(self.y)


def analyse(
    y: np.ndarray,
    sr: int,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    device: str = "cpu",
    start: float = 0.0,
) -> Analysis:
    """Analyse an excerpt.

    Parameters
    ----------
    y : np.ndarray, shape=(n_samples,), float32
        The excerpt at the model's rate.
    sr : int
        That rate in hertz.
    n_fft, hop_length : int
        Window and hop in samples.
    device : str
        Where the spectrum lives.
    start : float
        Second of the recording at which the excerpt starts.

    Returns
    -------
    Analysis
        Spectrum and picture.
    """
    stft = Stft(n_fft, hop_length)
    front_end = LogPicture(sr, n_fft, hop_length)
    spectrum = stft.forward(torch.from_numpy(y).to(device))
    power = (spectrum.abs() ** 2).cpu().numpy()
    return Analysis(y, sr, stft, front_end, spectrum, power, front_end.paint(power, len(y)), start)
