"""Training of the network: the papers' loss and early stopping, resumable after every epoch.

All chance of an epoch comes from the seed and the epoch's number, so that a run that was
interrupted gives the same network as one that was not.

Source: Chowdhury et al., ISMIR 2019, section 4: mean squared errors of both outputs, Adam; early
stopping on the validation loss.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from explain_engine.networks.a2mid2e import MIN_FRAMES, A2Mid2E, NetworkConfig
from explain_engine.networks.names import EMOTIONS
from explain_engine.training.augmentation import Augmentation
from explain_engine.training.examples import N_FRAMES, Examples, TrainingError

logger = logging.getLogger(__name__)

N_EMOTIONS = len(EMOTIONS)
CHECKPOINT = "checkpoint.pt"
Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Settings:
    """How a network is trained; the defaults are the papers'.

    Parameters
    ----------
    network : NetworkConfig
        Scheme, width, dropout.
    learning_rate : float
        Of Adam.
    batch_size : int
        Examples a step, 2 or more.
    n_frames : int
        Length of the random stretch that each step takes of an example; 313 are ten seconds.
    max_epochs : int
        Passes over the training set, at most.
    patience : int
        Epochs without a better validation loss before training stops.
    emotion_weight : float
        Share of the emotions in the joint loss, [0, 1]; the features have the rest.
    is_annealed : bool
        Let the learning rate fall along a half cosine to 1 % over `max_epochs`.
    is_augmented : bool
        Change the sound at random (see `Augmentation`).
    bf16 : bool
        Run the layers in bfloat16.
    seed : int
        Of the weights, order, dropout and augmentation.
    threads : int
        Threads of torch; another number may change the last digits.
    """

    network: NetworkConfig
    learning_rate: float = 5e-4
    batch_size: int = 8
    n_frames: int = N_FRAMES
    max_epochs: int = 300
    patience: int = 50
    emotion_weight: float = 0.5
    is_annealed: bool = False
    is_augmented: bool = False
    bf16: bool = False
    seed: int = 0
    threads: int = 2

    def __post_init__(self) -> None:
        rules = (
            ("learning_rate must be above 0", self.learning_rate, self.learning_rate > 0),
            ("batch_size must be 2 or more", self.batch_size, self.batch_size >= 2),
            (f"n_frames must be {MIN_FRAMES} or more", self.n_frames, self.n_frames >= MIN_FRAMES),
            ("max_epochs must be 1 or more", self.max_epochs, self.max_epochs >= 1),
            ("patience must be 1 or more", self.patience, self.patience >= 1),
            ("emotion_weight must lie in [0, 1]", self.emotion_weight,
             0 <= self.emotion_weight <= 1),
            ("seed must be 0 or more", self.seed, self.seed >= 0),
            ("threads must be 1 or more", self.threads, self.threads >= 1),
        )  # fmt: skip
        for rule, value, is_kept in rules:
            if not is_kept:
                raise TrainingError(f"{rule}, got {value}.")

    def digest(self) -> str:
        """sha256 of the settings."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def train_network(
    train: Examples,
    validation: Examples,
    settings: Settings,
    work_dir: Path,
    *,
    progress: Progress | None = None,
) -> tuple[A2Mid2E, list[dict[str, float]]]:
    """Train until the validation loss stops falling.

    Parameters
    ----------
    train, validation : Examples
        What is learned; what decides when to stop.
    settings : Settings
        How.
    work_dir : pathlib.Path
        Where the checkpoint lies; one of the same settings is gone on from.
    progress : callable, optional
        Told (epoch, max_epochs, validation loss).

    Returns
    -------
    network : A2Mid2E
        With the weights of the best epoch, ready to predict.
    log : list of dict
        Per epoch: number, training loss, validation loss, seconds.

    Raises
    ------
    TrainingError
        When the loss is no number.
    """
    if len(train) < settings.batch_size:
        raise TrainingError(
            f"Training needs batch_size ({settings.batch_size}) examples or more, got {len(train)}."
        )
    torch.set_num_threads(settings.threads)
    work_dir.mkdir(parents=True, exist_ok=True)
    run = _Run(train, validation, settings, work_dir / CHECKPOINT)
    run.resume()
    while not run.is_over:
        run.do_epoch()
        if progress:
            progress(len(run.log), settings.max_epochs, run.log[-1]["validation_loss"])
    run.network.load_state_dict(run.best_weights)
    run.network.eval()
    if settings.network.scheme == "a2mid2e":
        is_rated = ~np.isnan(train.emotions).any(axis=1)
        rated = train.take(np.flatnonzero(is_rated))
        run.network.fit_emotions(predict(run.network, rated)[:, N_EMOTIONS:], rated.emotions)
    return run.network, run.log


def predict(network: A2Mid2E, examples: Examples, *, batch_size: int = 32) -> np.ndarray:
    """Outputs of a network on the middle ten seconds of each example, shape=(n, n_targets)."""
    network.eval()
    outputs = []
    with torch.inference_mode():
        for first in range(0, len(examples), batch_size):
            rows = np.arange(first, min(first + batch_size, len(examples)))
            outputs.append(network(examples.batch(rows, None)[0]).numpy())
    return np.concatenate(outputs)


def compute_loss(
    outputs: torch.Tensor, targets: torch.Tensor, scheme: str, emotion_weight: float
) -> torch.Tensor:
    """Mean squared error of what the scheme learns; missing ratings do not count.

    Parameters
    ----------
    outputs : torch.Tensor, shape=(batch, n_targets)
        Of the network.
    targets : torch.Tensor, shape=(batch, 15)
        Emotions, then features; NaN is missing.
    scheme : str
        ``a2e``: the emotions; ``a2mid2e``: the features; ``a2mid2e_joint``: both, weighted.
    emotion_weight : float
        Weight of the emotions in the joint loss.

    Returns
    -------
    torch.Tensor, shape=()
        The loss.
    """
    n_outputs = outputs.shape[1]
    known = ~torch.isnan(targets[:, :n_outputs])
    wanted = torch.where(known, targets[:, :n_outputs], outputs.detach())
    squares = (outputs - wanted) ** 2
    emotions = squares[:, :N_EMOTIONS].sum() / known[:, :N_EMOTIONS].sum().clamp_min(1)
    features = squares[:, N_EMOTIONS:].sum() / known[:, N_EMOTIONS:].sum().clamp_min(1)
    if scheme == "a2e":
        return emotions
    if scheme == "a2mid2e":
        return features
    return emotion_weight * emotions + (1 - emotion_weight) * features


class _Run:
    """The state of a training run between two epochs."""

    def __init__(
        self, train: Examples, validation: Examples, settings: Settings, checkpoint: Path
    ) -> None:
        self.train, self.validation = train, validation
        self.settings, self.checkpoint = settings, checkpoint
        torch.manual_seed(settings.seed)
        self.network = A2Mid2E(settings.network)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        mean, std = train.measure_level()
        self.network.mean.fill_(mean)
        self.network.std.fill_(std)
        self._start_heads()
        self.optimiser = torch.optim.Adam(self.network.parameters(), settings.learning_rate)
        self.log: list[dict[str, float]] = []
        self.best_weights: dict[str, torch.Tensor] = {}
        self.best_loss, self.best_epoch = math.inf, 0

    def _start_heads(self) -> None:
        """Start at the targets' means, and the last layer at the regression of the ratings.

        From chance values the last layer would still hold chance where a feature is hard to hear.
        """
        train, network = self.train, self.network
        with torch.no_grad():
            if self.settings.network.scheme == "a2e":
                network.emotions.bias.copy_(torch.from_numpy(np.nanmean(train.emotions, axis=0)))
                return
            network.features.bias.copy_(torch.from_numpy(np.nanmean(train.features, axis=0)))
        rated = ~np.isnan(np.concatenate((train.emotions, train.features), axis=1)).any(axis=1)
        if rated.sum() > train.features.shape[1]:
            network.fit_emotions(train.features[rated], train.emotions[rated])

    @property
    def is_over(self) -> bool:
        n_epochs = len(self.log)
        return (
            n_epochs >= self.settings.max_epochs
            or n_epochs - self.best_epoch >= self.settings.patience
        )

    def resume(self) -> None:
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=True)
        if state["settings"] != self.settings.digest() or state["n_train"] != len(self.train):
            return
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.best_weights, self.log = state["best_weights"], state["log"]
        self.best_loss, self.best_epoch = state["best_loss"], state["best_epoch"]
        logger.info("Training goes on after epoch %s", len(self.log))

    def do_epoch(self) -> None:
        started, epoch = time.perf_counter(), len(self.log) + 1
        rng = np.random.default_rng((self.settings.seed, epoch))
        torch.manual_seed(int(rng.integers(2**62)))
        self._set_learning_rate(epoch)
        train_loss = self._train(rng)
        loss = self._validate()
        if not math.isfinite(train_loss + loss):
            raise TrainingError(f"The loss must stay a number, epoch {epoch} gave {train_loss}.")
        if loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, epoch
            self.best_weights = {k: v.clone() for k, v in self.network.state_dict().items()}
        seconds = time.perf_counter() - started
        self.log.append(
            {"epoch": epoch, "train_loss": train_loss, "validation_loss": loss, "seconds": seconds}
        )
        logger.info("Epoch %s: %.5f, %.5f, %.0f s", epoch, train_loss, loss, seconds)
        self._save()

    def _set_learning_rate(self, epoch: int) -> None:
        share = (epoch - 1) / self.settings.max_epochs
        factor = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))
        for group in self.optimiser.param_groups:
            rate = self.settings.learning_rate
            group["lr"] = rate * factor if self.settings.is_annealed else rate

    def _train(self, rng: np.random.Generator) -> float:
        settings, losses = self.settings, []
        augment = Augmentation() if settings.is_augmented else None
        torch_rng = torch.Generator().manual_seed(int(rng.integers(2**62)))
        order = rng.permutation(len(self.train))
        self.network.train()
        for first in range(0, len(order) - settings.batch_size + 1, settings.batch_size):
            rows = order[first : first + settings.batch_size]
            spectrograms, targets = self.train.batch(rows, rng, settings.n_frames)
            if augment:
                spectrograms = augment(spectrograms, torch_rng)
            with torch.autocast("cpu", torch.bfloat16, enabled=settings.bf16):
                outputs = self.network(spectrograms)
            loss = compute_loss(outputs, targets, settings.network.scheme, settings.emotion_weight)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            losses.append(float(loss.detach()))
        return float(np.mean(losses))

    def _validate(self) -> float:
        outputs = torch.from_numpy(predict(self.network, self.validation))
        targets = np.concatenate((self.validation.emotions, self.validation.features), axis=1)
        loss = compute_loss(
            outputs,
            torch.from_numpy(targets.astype(np.float32)),
            self.settings.network.scheme,
            self.settings.emotion_weight,
        )
        return float(loss)

    def _save(self) -> None:
        state = {
            "settings": self.settings.digest(),
            "n_train": len(self.train),
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "best_weights": self.best_weights,
            "best_loss": self.best_loss,
            "best_epoch": self.best_epoch,
            "log": self.log,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)
