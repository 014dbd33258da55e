"""What the engine is measured against: lime as it comes, and the audio domain in plain numpy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from explain_engine.front_ends.log_filtered import LogFilteredSpectrogram
from explain_engine.picture_patches import PicturePatches

LIME_BATCH = 10


class Lime:
    """lime 0.2.0.1 on the same picture, segments and network, with nothing else changed."""

    def __init__(
        self,
        components: PicturePatches,
        predict: Callable[[np.ndarray], np.ndarray],
        n_targets: int,
    ) -> None:
        self.components, self.predict, self.n_targets = components, predict, n_targets
        self.asked_seconds = 0.0
        self.masks = self.weights = np.zeros(0)

    def __call__(self, n_samples: int) -> None:
        # slow import: lime
        from lime.lime_image import LimeImageExplainer

        explainer = LimeImageExplainer(random_state=0, verbose=False)
        fit = explainer.base.explain_instance_with_data

        def note_masks(masks: np.ndarray, *rest: Any, **options: Any) -> Any:
            self.masks = masks.astype(bool)
            return fit(masks, *rest, **options)

        explainer.base.explain_instance_with_data = note_masks
        found = explainer.explain_instance(
            self.components.analysis.picture.astype(float),
            self._ask,
            labels=range(self.n_targets),
            top_labels=None,
            hide_color=0,
            num_samples=n_samples,
            batch_size=LIME_BATCH,
            segmentation_fn=lambda picture: self.components.labels,
        )
        self.weights = np.zeros((self.n_targets, self.components.n))
        for target, terms in found.local_exp.items():
            for component, weight in terms:
                self.weights[target, component] = weight

    def _ask(self, images: np.ndarray) -> np.ndarray:
        begun = time.process_time()
        outputs = self.predict(images[..., 0].astype(np.float32))
        self.asked_seconds += time.process_time() - begun
        return outputs


class PlainAnalysis:
    """Masked STFT to sound to log-filtered spectrogram in numpy, as one would write it down."""

    def __init__(self, components: Any, front_end: LogFilteredSpectrogram) -> None:
        analysis = components.analysis
        self.spectrum, self.cells = analysis.spectrum.numpy(), components.cells.numpy()
        self.stft, self.n_samples, self.front_end = analysis.stft, analysis.n_samples, front_end
        self.bank = front_end.filterbank.astype(float)

    def __call__(self, mask: np.ndarray) -> np.ndarray:
        y, frames = self._invert(self.spectrum * mask[self.cells]), self.front_end.frame_size
        starts = self.front_end.frame_starts(len(y))
        padded = np.pad(y, (max(0, -starts[0]), max(0, starts[-1] + frames - len(y))))
        windowed = padded[(starts - min(0, starts[0]))[:, None] + np.arange(frames)]
        bins = np.abs(np.fft.rfft(windowed * np.hanning(frames)))[:, : self.front_end.n_bins]
        return np.log10(bins @ self.bank + 1.0).T

    def _invert(self, spectrum: np.ndarray) -> np.ndarray:
        n_fft, hop = self.stft.n_fft, self.stft.hop_length
        window = np.hanning(n_fft + 1)[:-1]
        frames = np.fft.irfft(spectrum.T, n=n_fft) * window
        y = np.zeros(hop * (len(frames) - 1) + n_fft)
        weight = np.zeros_like(y)
        for i, frame in enumerate(frames):
            y[i * hop : i * hop + n_fft] += frame
            weight[i * hop : i * hop + n_fft] += window**2
        inside = slice(self.stft.pad, self.stft.pad + self.n_samples)
        return y[inside] / weight[inside]
