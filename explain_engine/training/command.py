"""The command ``train``: the reference model from rendered music, or a model from the data sets."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Where Debian's packages put soundfonts.
SYSTEM_SOUNDFONTS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3")

RENDERED = "music rendered from scores: a test bed that has heard no human ratings"
RECORDED = "the Mid-level Perceptual Features and Soundtracks data sets, as far as they were given"


def add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    train = commands.add_parser("train", help="train an A2Mid2E network")
    train.set_defaults(run=run_train)
    source = train.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--rendered", action="store_true", help="on music that the command renders itself"
    )
    source.add_argument("--soundtracks", type=Path, metavar="DIR", help="on the Soundtracks set")
    train.add_argument(
        "--mid-level", type=Path, metavar="DIR", help="and on the Mid-level Perceptual Features"
    )
    train.add_argument("--scheme", default="a2mid2e_joint", help="a2e, a2mid2e or a2mid2e_joint")
    train.add_argument("--out", type=Path, default=Path("trained"), metavar="DIR",
                       help="folder for weights, log and card (default: trained)")  # fmt: skip
    train.add_argument("--work", type=Path, metavar="DIR",
                       help="folder for renderings and checkpoint (default: OUT/work)")  # fmt: skip
    train.add_argument("--seed", type=int, default=0, help="seed of everything (default: 0)")
    train.add_argument("--width", type=float, help="factor on the channels")
    train.add_argument("--epochs", type=int, help="passes over the training set, at most")
    train.add_argument("--pieces", type=int, help="rendered pieces to train on (default: 4000)")
    train.add_argument("--test-pieces", type=int, help="rendered pieces in each test")
    train.add_argument("--soundfont", type=Path, action="append", metavar="FILE",
                       help="soundfont to train on; may be repeated")  # fmt: skip
    train.add_argument("--test-soundfont", type=Path, action="append", metavar="FILE",
                       help="soundfont to test on alone; may be repeated")  # fmt: skip
    train.add_argument("--threads", type=int, default=2, help="processes, threads (default: 2)")


def run_train(arguments: argparse.Namespace) -> None:
    """Run it; stopping it and starting it again goes on where it stopped."""
    # Read when torch loads: threads that wait must not spin, or a busy machine trains at a fifth
    # of the speed.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # slow import: torch
    from explain_engine.training.description import describe_weights

    work = arguments.work or arguments.out / "work"
    with _show_progress() as progress:
        if arguments.rendered:
            log = _train_rendered(arguments, work, progress)
        else:
            log = _train_recorded(arguments, work, progress)
    print(json.dumps({key: log[key] for key in log if key in ("seconds", "misses", "r")}, indent=1))
    weights = arguments.out / f"{log['name']}.safetensors"
    file = describe_weights(weights, RENDERED if arguments.rendered else RECORDED)
    print(f"Written: {weights}")
    print(f"Explain with it: --model-file {file} --model trained_{log['name']}")


def _train_rendered(
    arguments: argparse.Namespace, work: Path, progress: Callable[[str, int, int], None]
) -> dict[str, object]:
    # slow import: torch
    from explain_engine.training.examples import TrainingError
    from explain_engine.training.reference import Plan, train_reference
    from explain_engine.training.synthesis import find_soundfonts

    if arguments.scheme != "a2mid2e_joint":
        raise TrainingError(
            f"The reference model's scheme must be a2mid2e_joint, got {arguments.scheme!r}."
        )
    train_fonts = tuple(arguments.soundfont or find_soundfonts())
    test_fonts = tuple(
        find_system_soundfonts(train_fonts)
        if arguments.test_soundfont is None
        else arguments.test_soundfont
    )
    given = {
        "n_train": arguments.pieces,
        "n_test": arguments.test_pieces,
        "n_validation": arguments.test_pieces,
        "max_epochs": arguments.epochs,
        "width": arguments.width,
    }
    given = {key: value for key, value in given.items() if value is not None}
    plan = Plan(
        train_fonts, test_fonts, seed=arguments.seed, n_processes=arguments.threads, **given
    )
    return train_reference(plan, work, arguments.out, progress=progress)


def _train_recorded(
    arguments: argparse.Namespace, work: Path, progress: Callable[[str, int, int], None]
) -> dict[str, object]:
    # slow import: torch
    from explain_engine.networks.a2mid2e import NetworkConfig
    from explain_engine.training.recorded import choose_recordings, train_recorded
    from explain_engine.training.trainer import Settings

    given: dict[str, Any] = {"max_epochs": arguments.epochs}
    settings = Settings(
        NetworkConfig(arguments.scheme, 1.0 if arguments.width is None else arguments.width),
        seed=arguments.seed,
        threads=arguments.threads,
        **{key: value for key, value in given.items() if value is not None},
    )
    recordings = choose_recordings(
        arguments.scheme, arguments.mid_level, arguments.soundtracks, seed=42 + arguments.seed
    )
    return train_recorded(recordings, settings, work, arguments.out, progress=progress)


def find_system_soundfonts(used: tuple[Path, ...]) -> list[Path]:
    """Soundfonts that the system has and training does not use, by name."""
    names = {path.name for path in used}
    found = [
        path
        for folder in SYSTEM_SOUNDFONTS
        for path in sorted(Path(folder).glob("*.sf[23]"))
        if path.name not in names and not path.is_symlink()
    ]
    return list({path.name: path for path in found}.values())


@contextmanager
def _show_progress() -> Iterator[Callable[[str, int, int], None]]:
    # slow import: tqdm
    from tqdm import tqdm

    bars: dict[str, Any] = {}

    def show(stage: str, done: int, total: int) -> None:
        name, _, detail = stage.partition(", ")
        if name not in bars:
            for bar in bars.values():
                bar.close()
            bars[name] = tqdm(total=total, desc=name, file=sys.stderr)
        bars[name].total = total
        bars[name].set_postfix_str(detail, refresh=False)
        bars[name].update(done - bars[name].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
