"""The reference model: render, plant, train, measure, write weights, log and card."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from explain_engine.networks.a2mid2e import A2Mid2E, NetworkConfig
from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.networks.weights import save_network
from explain_engine.training.card import write_card
from explain_engine.training.evaluation import correlate_targets
from explain_engine.training.examples import N_FRAMES, Examples, TrainingError
from explain_engine.training.measures import Standard
from explain_engine.training.planted import WEIGHTS, plant_emotions, rate_features
from explain_engine.training.rendered import FRONT_END, Split, load_split, make_split
from explain_engine.training.synthesis import Orchestra
from explain_engine.training.trainer import Settings, predict, train_network

NAME = "a2mid2e_joint"
TARGETS = EMOTIONS + FEATURES
# Hoped for on sound that training never heard.
MIN_R = {**dict.fromkeys(FEATURES, 0.5), **dict.fromkeys(EMOTIONS, 0.4)}
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Plan:
    """A reference model to be made.

    Parameters
    ----------
    soundfonts : tuple of pathlib.Path
        What training hears.
    test_soundfonts : tuple of pathlib.Path
        What it does not; may be empty, then instruments are the only foreign sound.
    n_train, n_validation, n_test : int
        Pieces of ten seconds; each test has its own `n_test`.
    max_epochs : int
        Passes over the training set.
    width : float
        Of the network.
    seed : int
        Of everything.
    n_processes : int
        Processes that render, threads that train.
    """

    soundfonts: tuple[Path, ...]
    test_soundfonts: tuple[Path, ...] = ()
    n_train: int = 4000
    n_validation: int = 300
    n_test: int = 300
    max_epochs: int = 24
    width: float = 0.25
    seed: int = 0
    n_processes: int = 2

    def __post_init__(self) -> None:
        names = [path.name for path in self.soundfonts + self.test_soundfonts]
        if len(set(names)) < len(names):
            raise TrainingError(
                f"Each soundfont may be named once, for training or for a test, got "
                f"{', '.join(names)}."
            )

    def splits(self) -> dict[str, Split]:
        """All parts of the data set, the tests last."""
        fonts, seed = self.soundfonts, self.seed
        splits = [
            Split("train", "train", self.n_train, fonts, seed),
            Split("validation", "validation", self.n_validation, fonts, seed),
            Split("test_pieces", "test", self.n_test, fonts, seed),
            Split("test_programs", "programs", self.n_test, fonts, seed),
        ]
        splits += [
            Split(f"test_font_{font.stem}", "test", self.n_test, (font,), seed)
            for font in self.test_soundfonts
        ]
        return {split.name: split for split in splits}

    def settings(self) -> Settings:
        """How its network is trained."""
        return Settings(
            network=NetworkConfig("a2mid2e_joint", self.width, dropout=0.0),
            learning_rate=1.5e-3,
            batch_size=16,
            n_frames=N_FRAMES // 2,  # half the time; a feature shows in five seconds too
            max_epochs=self.max_epochs,
            patience=self.max_epochs,
            is_annealed=True,
            is_augmented=True,
            bf16=True,
            seed=self.seed,
            threads=self.n_processes,
        )


def train_reference(
    plan: Plan, work_dir: Path, out_dir: Path, *, progress: Progress | None = None
) -> dict[str, object]:
    """Make the reference model; an interrupted run goes on where it stopped.

    Parameters
    ----------
    plan : Plan
        What to make.
    work_dir : pathlib.Path
        Where renderings and the checkpoint lie.
    out_dir : pathlib.Path
        Where weights, log and card go.
    progress : callable, optional
        Told (stage, done, total).

    Returns
    -------
    dict
        The log, as written to ``a2mid2e_joint.json``.
    """
    report = progress or (lambda stage, done, total: None)
    seconds = {}
    started = time.perf_counter()
    splits = plan.splits()
    for split in splits.values():
        make_split(
            split,
            work_dir,
            n_processes=plan.n_processes,
            progress=partial(report, f"Rendering {split.name}"),
        )
    seconds["render"] = time.perf_counter() - started
    examples = label_splits(plan, work_dir)
    started = time.perf_counter()
    network, epochs = train_network(
        examples["train"],
        examples["validation"],
        plan.settings(),
        work_dir,
        progress=lambda done, total, loss: report(f"Training, loss {loss:.4f}", done, total),
    )
    # A resumed run counts the epochs that it did not repeat.
    seconds["train"] = max(time.perf_counter() - started, sum(e["seconds"] for e in epochs))
    log = _describe_run(plan, network, examples, epochs, seconds)
    out_dir.mkdir(parents=True, exist_ok=True)
    save_network(network, FRONT_END, out_dir / f"{NAME}.safetensors")
    (out_dir / f"{NAME}.json").write_text(format_log(log), encoding="utf-8")
    (out_dir / f"{NAME}.md").write_text(write_card(log), encoding="utf-8")
    return log


def label_splits(plan: Plan, work_dir: Path) -> dict[str, Examples]:
    """Rate all parts of a rendered data set; only training sets the scale.

    Parameters
    ----------
    plan : Plan
        Whose data set.
    work_dir : pathlib.Path
        Where it lies.

    Returns
    -------
    dict
        Name of the split to its examples.
    """
    loaded = {name: load_split(split, work_dir) for name, split in plan.splits().items()}
    standard = Standard.fit(loaded["train"][1])
    scores = standard.score_features(loaded["train"][1])
    means, spreads = scores.mean(axis=0), scores.std(axis=0)
    examples = {}
    for index, (name, (spectrograms, measures)) in enumerate(loaded.items()):
        features = rate_features(standard.score_features(measures), means, spreads)
        emotions = plant_emotions(features, np.random.default_rng((plan.seed, 99, index)))
        examples[name] = Examples(spectrograms, features, emotions)
    return examples


def format_log(log: dict[str, object]) -> str:
    """The log as JSON, a line for each entry."""
    lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in log.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _describe_run(
    plan: Plan,
    network: A2Mid2E,
    examples: dict[str, Examples],
    epochs: list[dict[str, float]],
    seconds: dict[str, float],
) -> dict[str, object]:
    started = time.perf_counter()
    tests: dict[str, dict[str, object]] = {}
    for name, part in examples.items():
        if not name.startswith("test_"):
            continue
        ratings = np.concatenate((part.emotions, part.features), axis=1)
        correlations = correlate_targets(predict(network, part), ratings, TARGETS)
        tests[name] = {
            "n": len(part),
            "r": {
                target: {"estimate": round(c.estimate, 4), "low": round(c.low, 4),
                         "high": round(c.high, 4)}
                for target, c in correlations.items()
            },
        }  # fmt: skip
    seconds = {**seconds, "test": time.perf_counter() - started}
    learned = network.emotions.weight.detach().numpy().T
    train = examples["train"]
    settings = asdict(plan.settings())
    return {
        "name": NAME,
        "seed": plan.seed,
        "pieces": {"train": plan.n_train, "validation": plan.n_validation, "test": plan.n_test},
        "soundfonts": [_describe_soundfont(path) for path in plan.soundfonts],
        "test_soundfonts": [_describe_soundfont(path) for path in plan.test_soundfonts],
        "settings": settings,
        "n_parameters": sum(p.numel() for p in network.parameters()),
        "seconds": {stage: round(value, 1) for stage, value in seconds.items()},
        "tests": tests,
        "misses": _list_misses(tests),
        "planted": WEIGHTS.tolist(),
        "learned": np.round(learned, 4).tolist(),
        "head_r": round(float(np.corrcoef(learned.ravel(), WEIGHTS.ravel())[0, 1]), 4),
        "head_max_difference": round(float(np.abs(learned - WEIGHTS).max()), 4),
        "feature_correlations": np.round(np.corrcoef(train.features.T), 3).tolist(),
        "test_features": np.round(
            predict(network, examples["test_pieces"])[:, len(EMOTIONS) :], 4
        ).tolist(),
        "epochs": [{k: round(v, 6) for k, v in epoch.items()} for epoch in epochs],
    }


def _describe_soundfont(path: Path) -> dict[str, str]:
    return {"name": path.name, "sha256": Orchestra(path).digest}


def _list_misses(tests: dict[str, dict[str, object]]) -> list[str]:
    misses = []
    for name, test in tests.items():
        correlations: dict[str, dict[str, float]] = test["r"]  # type: ignore[assignment]
        misses += [
            f"{target} on {name}: {correlations[target]['estimate']:.4f}"
            for target in TARGETS
            if not correlations[target]["estimate"] >= MIN_R[target]
        ]
    return misses
