"""The command line: explain, predict, and lists of what is registered.

A refusal is one sentence on standard error and exit code 2. Slow libraries load only for the
command that needs them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine import __version__
from explain_engine.commands.correlations import add_correlations
from explain_engine.commands.reconstruct import add_reconstruct
from explain_engine.errors import EngineError
from explain_engine.models import use_model_files
from explain_engine.registry import Registry
from explain_engine.training.command import add_train

if TYPE_CHECKING:
    from explain_engine.models.base import Model
    from explain_engine.recipe import Recipe
    from explain_engine.result import Explanation


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, or 2 for a refusal."""
    arguments = _make_parser().parse_args(argv)
    try:
        if hasattr(arguments, "model_file"):
            use_model_files(arguments.model_file)
        arguments.run(arguments)
    except EngineError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m explain_engine",
        description="Explain what a music model heard, and hear the explanation.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_explain(commands)
    predict = commands.add_parser("predict", help="print a model's outputs on an excerpt")
    predict.set_defaults(run=_run_predict)
    _add_excerpt(predict)
    effects = commands.add_parser(
        "effects", help="print level 1: feature by feature, weight × value"
    )
    effects.set_defaults(run=_run_effects)
    _add_excerpt(effects)
    effects.add_argument(
        "--emotion", action="append", help="emotion to explain; may be repeated (default: all)"
    )
    effects.add_argument("--json", action="store_true", help="as JSON")
    add_reconstruct(commands)
    add_correlations(commands)
    add_train(commands)
    for name in ("models", "segmenters", "explainers"):
        listing = commands.add_parser(name, help=f"list the {name}")
        listing.add_argument("--json", action="store_true", help="as JSON, with all parameters")
        if name == "models":
            _add_model_file(listing)
        listing.set_defaults(run=_run_models if name == "models" else _run_list, registry=name)
    return parser


def _add_model_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model-file",
        action="append",
        default=[],
        metavar="FILE",
        help="a model of your own, described in TOML (docs/models.md); may be repeated",
    )


def _add_excerpt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="WAV, FLAC, OGG or MP3")
    parser.add_argument("--model", required=True, help="name of the model")
    _add_model_file(parser)
    parser.add_argument(
        "--start", type=float, help="second at which the excerpt starts (default: its middle)"
    )
    parser.add_argument("--duration", type=float, help="seconds, 2 to 30 (default: 10)")
    parser.add_argument("--threads", type=int, help="threads to use (default: all allowed)")


def _add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    explain = commands.add_parser("explain", help="explain a model's output on an excerpt")
    explain.set_defaults(run=_run_explain)
    _add_excerpt(explain)
    explain.add_argument(
        "--target", action="append", help="output to explain; may be repeated (default: all)"
    )
    explain.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    explain.add_argument("--n-samples", type=int, help="random maskings (default: 400)")
    explain.add_argument(
        "--stability", type=float, help="stop once two halves agree to this much, 0.5 to 0.99"
    )
    explain.add_argument("--n-selected", type=int, help="components to keep (default: 7)")
    explain.add_argument("--seed", type=int, help="seed of all randomness (default: 0)")
    explain.add_argument("--selection", choices=("for", "against"), help="keep what speaks …")
    explain.add_argument("--control", action="append", help="control clip; may be repeated")
    explain.add_argument(
        "--other", metavar="FILE", help="another recording, for control_other_recording"
    )
    for kind in ("segmenter", "explainer"):
        explain.add_argument(f"--{kind}", help=f"name of the {kind}")
        explain.add_argument(
            f"--{kind}-parameter",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"parameter of the {kind}; may be repeated",
        )
    explain.add_argument("--recipe", metavar="FILE", help="a recipe as JSON; options override it")
    explain.add_argument("--device", default="cpu", help="cpu or cuda")


def _run_explain(arguments: argparse.Namespace) -> None:
    # slow import: numpy, soundfile; what can be refused without torch is refused before it loads
    from explain_engine.audio import choose_excerpt, load_audio

    recipe = _read_recipe(arguments)
    audio = load_audio(arguments.file, start=recipe.start, duration=recipe.duration)
    other = None
    if arguments.other is not None:
        start, duration = choose_excerpt(load_audio(arguments.other).seconds, recipe.duration)
        other = load_audio(arguments.other, start=start, duration=duration)
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    # slow import: torch
    from tqdm import tqdm

    from explain_engine.explanation import explain

    with closing(tqdm(total=recipe.n_samples, unit=" forward", desc="Explaining")) as bar:

        def show_progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        result = explain(
            audio,
            recipe,
            device=arguments.device,
            threads=arguments.threads,
            progress=show_progress,
            other=other,
        )
    path = result.save(arguments.out)
    _print_result(result)
    print(f"Written: {path}")


def _print_result(result: Explanation) -> None:
    for target in result.recipe.targets:
        print(f"{target}: {result.prediction[target]:.3f}")
        print(f"  {result.verdicts[target]}")
        for score in result.all_scores[target]:
            value = "undefined" if score.value is None else f"{score.value:.3f}"
            print(f"  {score.title}: {value}. {score.caveat}")


def _read_recipe(arguments: argparse.Namespace) -> Recipe:
    # slow import: numpy, soundfile
    from explain_engine.models import describe_model
    from explain_engine.recipe import Recipe

    data = {}
    if arguments.recipe is not None:
        data = Recipe.from_json(Path(arguments.recipe).read_text(encoding="utf-8")).to_dict()
    else:
        data["start"], data["duration"] = _choose_excerpt(arguments)
    data["model"] = arguments.model
    if arguments.target or "targets" not in data:
        data["targets"] = arguments.target or list(describe_model(arguments.model).targets)
    options = {
        "n_samples": None,
        "stability": None,
        "n_selected": None,
        "seed": None,
        "selection": None,
        "start": None,
        "duration": None,
        "control": "controls",
    }
    for option, key in options.items():
        value = getattr(arguments, option)
        if value is not None:
            data[key or option] = value
    for kind in ("segmenter", "explainer"):
        if getattr(arguments, kind) is not None:
            data[kind], data[f"{kind}_parameters"] = getattr(arguments, kind), {}
        parameters = dict(data.get(f"{kind}_parameters", {}))
        parameters.update(_read_parameter(text) for text in getattr(arguments, f"{kind}_parameter"))
        data[f"{kind}_parameters"] = parameters
    return Recipe.from_dict(data)


def _read_parameter(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise EngineError(f"A parameter must be NAME=VALUE, got {text!r}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _choose_excerpt(arguments: argparse.Namespace) -> tuple[float, float]:
    # slow import: numpy, soundfile
    from explain_engine.audio import choose_excerpt, load_audio

    wanted = 10.0 if arguments.duration is None else arguments.duration
    if arguments.start is not None and arguments.duration is not None:
        return arguments.start, arguments.duration
    seconds = load_audio(arguments.file).seconds
    if arguments.start is not None:
        return arguments.start, wanted
    start, duration = choose_excerpt(seconds, wanted)
    if arguments.duration is not None:
        duration = arguments.duration
    print(
        f"Excerpt: {start:g} to {start + duration:g} s, the middle of {seconds:.1f} s "
        f"(intros and endings are least typical; --start and --duration choose another).",
        file=sys.stderr,
    )
    return start, duration


def _predict_excerpt(arguments: argparse.Namespace) -> tuple[Model, dict[str, float]]:
    # slow import: torch
    from explain_engine.audio import load_audio
    from explain_engine.excerpt import resample
    from explain_engine.models import describe_model, load_model

    description = describe_model(arguments.model)
    start, duration = _choose_excerpt(arguments)
    audio = load_audio(arguments.file, start=start, duration=duration)
    y = resample(audio, description.sr, round(duration * description.sr))
    model = load_model(arguments.model, threads=arguments.threads or 1)
    outputs = model(y[None])[0]
    return model, dict(zip(description.targets, map(float, outputs), strict=True))


def _run_predict(arguments: argparse.Namespace) -> None:
    for target, value in _predict_excerpt(arguments)[1].items():
        print(f"{target:<20} {value:.4f}")


def _run_effects(arguments: argparse.Namespace) -> None:
    model, outputs = _predict_excerpt(arguments)
    # slow import: numpy
    from explain_engine.effects import compute_model_effects, list_effects

    effects = compute_model_effects(model, outputs)
    rows = list_effects(effects, arguments.emotion)
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


def _run_models(arguments: argparse.Namespace) -> None:
    from explain_engine.models import MODELS, describe_model

    described = []
    for name in MODELS.names():
        try:
            described.append(dataclasses.asdict(describe_model(name)))
        except EngineError as error:
            described.append({"name": name, "error": str(error)})
    if arguments.json:
        print(json.dumps(described, indent=1))
        return
    for model in described:
        if "error" in model:
            print(f"{model['name']}: {model['error']}")
        else:
            print(
                f"{model['name']}: {model['title']}, {model['sr']} Hz, {model['licence']}; "
                f"targets: {', '.join(model['targets'])}"
            )
            print(f"  digest {model['weights_digest']}, of {', '.join(model['digests'])}")


def _run_list(arguments: argparse.Namespace) -> None:
    # slow import: numpy
    from explain_engine.recipe import EXPLAINERS, SEGMENTERS

    registry: Registry = {"segmenters": SEGMENTERS, "explainers": EXPLAINERS}[arguments.registry]
    described = [registry.describe(name) for name in registry.names()]
    if arguments.json:
        print(json.dumps(described, indent=1))
        return
    for component in described:
        print(f"{component['name']}: {component['help']}")
        for parameter in component["parameters"]:  # type: ignore[attr-defined]
            print(f"  {parameter['name']} = {parameter['default']}: {parameter['help']}")
