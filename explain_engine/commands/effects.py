"""The commands `predict` and `effects`: what a model answers, and what its emotions are made of."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.commands.excerpt import add_excerpt, add_figures, choose_excerpt

if TYPE_CHECKING:
    from explain_engine.effects import Effects
    from explain_engine.models.base import Model


def add_predict(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand `predict`."""
    parser = commands.add_parser("predict", help="print a model's outputs on an excerpt")
    parser.set_defaults(run=run_predict)
    add_excerpt(parser)


def add_effects(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand `effects`."""
    parser = commands.add_parser("effects", help="tell level 1: feature by feature, weight × value")
    parser.set_defaults(run=run_effects)
    add_excerpt(parser)
    parser.add_argument(
        "--emotion", action="append", help="emotion to explain; may be repeated (default: all)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_figures(parser, required=False)


def run_predict(arguments: argparse.Namespace) -> None:
    for target, value in _predict_excerpt(arguments)[1].items():
        print(f"{target:<20} {value:.4f}")


def run_effects(arguments: argparse.Namespace) -> None:
    model, outputs = _predict_excerpt(arguments)
    # slow import: numpy
    from explain_engine.effects import compute_model_effects, list_effects

    effects = compute_model_effects(model, outputs)
    rows = list_effects(effects, arguments.emotion)
    if arguments.out is not None:
        _write_figures(
            effects, [row["emotion"] for row in rows], Path(arguments.out), arguments.png
        )
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['emotion']}: {row['output']:.3f}, of it the intercept {row['intercept']:+.3f}")
        for effect in row["effects"]:
            centred = effect["centred"]
            note = "" if centred is None else f", {centred:+.3f} against the mean excerpt"
            print(
                f"  {effect['feature']:<18} {effect['weight']:+.3f} × {effect['value']:.3f} "
                f"= {effect['effect']:+.3f}{note}"
            )


def _write_figures(effects: Effects, emotions: list[str], out_dir: Path, png: bool) -> None:
    # slow import: numpy
    from explain_engine.correlations_figure import correlations_svg
    from explain_engine.effects_figure import excerpt_effects_svg
    from explain_engine.level1 import report_reference
    from explain_engine.pictures import name_target, write_picture

    out_dir.mkdir(parents=True, exist_ok=True)
    reports = {report.target: report for report in report_reference(effects)}
    for number, emotion in enumerate(emotions):
        slug = name_target(emotion, number)
        write_picture(out_dir / f"effects_{slug}", excerpt_effects_svg(effects, emotion), png=png)
        if emotion in reports:
            svg = correlations_svg(reports[emotion])
            write_picture(out_dir / f"correlations_{slug}", svg, png=png)


def _predict_excerpt(arguments: argparse.Namespace) -> tuple[Model, dict[str, float]]:
    # slow import: torch
    from explain_engine.audio import load_audio
    from explain_engine.excerpt import resample
    from explain_engine.models import describe_model, load_model

    description = describe_model(arguments.model)
    start, duration = choose_excerpt(arguments)
    audio = load_audio(arguments.file, start=start, duration=duration)
    y = resample(audio, description.sr, round(duration * description.sr))
    model = load_model(arguments.model, threads=arguments.threads or 1)
    outputs = model(y[None])[0]
    return model, dict(zip(description.targets, map(float, outputs), strict=True))
