"""What the commands on an excerpt have in common: their options, and which excerpt is meant."""

from __future__ import annotations

import argparse
import sys


def add_model_file(parser: argparse.ArgumentParser) -> None:
    """Add the option that names models of the operator's own."""
    parser.add_argument(
        "--model-file",
        action="append",
        default=[],
        metavar="FILE",
        help="a model of your own, described in TOML (docs/models.md); may be repeated",
    )


def add_excerpt(parser: argparse.ArgumentParser) -> None:
    """Add file, model and excerpt."""
    parser.add_argument("file", metavar="FILE", help="WAV, FLAC, OGG or MP3")
    parser.add_argument("--model", required=True, help="name of the model")
    add_model_file(parser)
    parser.add_argument(
        "--start", type=float, help="second at which the excerpt starts (default: its middle)"
    )
    parser.add_argument("--duration", type=float, help="seconds, 2 to 30 (default: 10)")
    parser.add_argument("--threads", type=int, help="threads to use (default: all allowed)")


def add_figures(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add where figures go, and in which form."""
    parser.add_argument("--out", required=required, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--png", action="store_true", help="figures as PNG too, light and dark, beside the SVG"
    )


def choose_excerpt(arguments: argparse.Namespace) -> tuple[float, float]:
    """Return start and duration; where nobody chose a start, the middle, and say so."""
    # slow import: numpy, soundfile
    from explain_engine.audio import choose_excerpt as choose
    from explain_engine.audio import load_audio

    wanted = 10.0 if arguments.duration is None else arguments.duration
    if arguments.start is not None and arguments.duration is not None:
        return arguments.start, arguments.duration
    seconds = load_audio(arguments.file).seconds
    if arguments.start is not None:
        return arguments.start, wanted
    start, duration = choose(seconds, wanted)
    if arguments.duration is not None:
        duration = arguments.duration
    print(
        f"Excerpt: {start:g} to {start + duration:g} s, the middle of {seconds:.1f} s "
        f"(intros and endings are least typical; --start and --duration choose another).",
        file=sys.stderr,
    )
    return start, duration
