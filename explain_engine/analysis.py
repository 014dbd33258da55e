"""An excerpt, analysed: what segmenters look at and masks are applied to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from explain_engine.front_ends.picture import PictureFrontEnd
from explain_engine.log_picture import LogPicture
from explain_engine.transform import Stft


class Grid(Protocol):
    """Where a picture's cells lie."""

    @property
    def hop(self) -> float:
        """Samples from frame to frame, perhaps a fraction."""

    def band_centres(self) -> np.ndarray:
        """Return the bands' centres in hertz, shape=(n_bands,), rising."""
        ...

    def band_edges(self) -> np.ndarray:
        """Return the bands' lower edges and upper edges in hertz, shape=(2, n_bands)."""
        ...

    def frame_centres(self, n_samples: int) -> np.ndarray:
        """Return the sample on which each frame is centred, shape=(n_frames,), rising."""
        ...


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
    front_end : Grid
        What made the picture.
    spectrum : torch.Tensor, shape=(n_bins, n_stft_frames), complex64
        The excerpt's STFT.
    power : np.ndarray, shape=(n_bins, n_stft_frames), float32
        Its squared magnitude.
    picture : np.ndarray, shape=(n_bands, n_frames), float32
        What is cut into components, on its front end's scale.
    start : float
        Second of the recording at which the excerpt starts.
    """

    y: np.ndarray
    sr: int
    stft: Stft
    front_end: Grid
    spectrum: torch.Tensor
    power: np.ndarray
    picture: np.ndarray
    start: float = 0.0

    @property
    def n_samples(self) -> int:
        return len(self.y)

    @property
    def brightness(self) -> np.ndarray:
        """The picture for eyes, shape=(n_bands, n_frames), in [0, 1]: silence dark, loudest 1."""
        return self.picture

    def find_seconds(self, frames: slice) -> tuple[float, float]:
        """Return the seconds of the excerpt between which such frames of the picture lie."""
        hop = self.front_end.hop / self.sr
        return frames.start * hop, min(frames.stop * hop, self.n_samples / self.sr)

    def find_frames(self, samples: np.ndarray) -> np.ndarray:
        """Return the picture's frame centred nearest to each sample, shape as `samples`, int."""
        centres = self.front_end.frame_centres(self.n_samples)
        return np.rint(np.interp(samples, centres, np.arange(len(centres)))).astype(int)


@dataclass(frozen=True, eq=False)
class SoundAnalysis(Analysis):
    """An excerpt whose sound is perturbed: each cell of the picture is a set of STFT cells.

    The picture lies in [0, 1].
    """

    front_end: LogPicture


@dataclass(frozen=True, eq=False)
class PictureAnalysis(Analysis):
    """An excerpt whose picture is perturbed: the picture is the model's own."""

    front_end: PictureFrontEnd

    @property
    def brightness(self) -> np.ndarray:
        silence = self.front_end.find_silence(self.picture)
        span = max(float(self.picture.max()) - silence, 1e-9)
        return np.asarray(np.clip((self.picture - silence) / span, 0, 1).astype(np.float32))

    def find_seconds(self, frames: slice) -> tuple[float, float]:
        """Frames change over half-way between their centres, which need not start at 0."""
        centres = self.front_end.frame_centres(self.n_samples)
        between = (centres[:-1] + centres[1:]) / 2
        edges = np.concatenate([[0], between, [self.n_samples]]) / self.sr
        return float(edges[frames.start]), float(edges[frames.stop])


def analyse(
    y: np.ndarray,
    sr: int,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    device: str = "cpu",
    start: float = 0.0,
) -> SoundAnalysis:
    """Analyse an excerpt whose sound will be perturbed.

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
    SoundAnalysis
        Spectrum and log-frequency picture.
    """
    front_end = LogPicture(sr, n_fft, hop_length)
    spectrum, power = _transform(y, Stft(n_fft, hop_length), device)
    picture = front_end.paint(power, len(y))
    return SoundAnalysis(y, sr, Stft(n_fft, hop_length), front_end, spectrum, power, picture, start)


def analyse_picture(
    y: np.ndarray, front_end: PictureFrontEnd, *, device: str = "cpu", start: float = 0.0
) -> PictureAnalysis:
    """Analyse an excerpt whose picture will be perturbed.

    Parameters
    ----------
    y : np.ndarray, shape=(n_samples,), float32
        The excerpt at the front end's rate.
    front_end : PictureFrontEnd
        The model's.
    device : str
        Where the spectrum lives.
    start : float
        Second of the recording at which the excerpt starts.

    Returns
    -------
    PictureAnalysis
        The model's picture, and the spectrum from which its cells are heard.
    """
    stft = Stft(front_end.n_fft, front_end.n_fft // 4)
    spectrum, power = _transform(y, stft, device)
    picture = front_end(torch.from_numpy(y)).numpy()
    return PictureAnalysis(y, front_end.sr, stft, front_end, spectrum, power, picture, start)


def _transform(y: np.ndarray, stft: Stft, device: str) -> tuple[torch.Tensor, np.ndarray]:
    spectrum = stft.forward(torch.from_numpy(y).to(device))
    return spectrum, (spectrum.abs() ** 2).cpu().numpy()
