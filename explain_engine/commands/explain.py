"""The command `explain FILE --model M --out DIR`: clips, manifest, figures, and a page of them."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from explain_engine.commands.excerpt import add_excerpt, add_figures, choose_excerpt
from explain_engine.errors import EngineError

if TYPE_CHECKING:
    from explain_engine.recipe import Recipe
    from explain_engine.result import Explanation

# Options that are taken into the recipe as they stand, and their names there.
PLAIN = {
    "n_samples": "n_samples",
    "stability": "stability",
    "n_selected": "n_selected",
    "seed": "seed",
    "selection": "selection",
    "start": "start",
    "duration": "duration",
    "domain": "domain",
    "fill": "fill",
    "reconstruction": "reconstruction",
    "control": "controls",
}


def add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    explain = commands.add_parser("explain", help="explain a model's output on an excerpt")
    explain.set_defaults(run=run_explain)
    add_excerpt(explain)
    explain.add_argument(
        "--target", action="append", help="output to explain; may be repeated (default: all)"
    )
    add_figures(explain, required=True)
    explain.add_argument("--n-samples", type=int, help="random maskings, at most (default: 1000)")
    explain.add_argument(
        "--stability",
        type=_read_stability,
        help="stop once two halves agree to this much, 0.5 to 0.99 (default: 0.9), or never: none",
    )
    explain.add_argument("--n-selected", type=int, help="components to keep (default: 7)")
    explain.add_argument("--seed", type=int, help="seed of all randomness (default: 0)")
    explain.add_argument("--selection", choices=("for", "against"), help="keep what speaks …")
    explain.add_argument("--control", action="append", help="control clip; may be repeated")
    explain.add_argument(
        "--other", metavar="FILE", help="another recording, for control_other_recording"
    )
    explain.add_argument("--domain", help="what is masked: audio (default) or spectrogram")
    explain.add_argument("--fill", help="in the domain spectrogram: what stands for what is off")
    explain.add_argument(
        "--reconstruction", help="in the domain spectrogram: how it turns to sound"
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
    explain.add_argument(
        "--dtype", default="float32", help="float32 (default), or bfloat16: quicker, and checked"
    )
    explain.add_argument(
        "--answers", metavar="DIR", help="keep what the model says there; a run goes on from it"
    )


def run_explain(arguments: argparse.Namespace) -> None:
    # slow import: numpy, soundfile; what can be refused without torch is refused before it loads
    from explain_engine.audio import load_audio, load_middle

    recipe = _read_recipe(arguments)
    audio = load_audio(arguments.file, start=recipe.start, duration=recipe.duration)
    other = None if arguments.other is None else load_middle(arguments.other, recipe.duration)
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
            dtype=arguments.dtype,
            threads=arguments.threads,
            progress=show_progress,
            other=other,
            answers=arguments.answers,
        )
    path = result.save(arguments.out, png=arguments.png)
    _print_result(result)
    print(f"Written: {path}, and {path.with_name('explanation.html')} to look at and listen")


def _print_result(result: Explanation) -> None:
    from explain_engine.numbers import format_number

    for target in result.recipe.targets:
        print(f"{target}: {format_number(result.prediction[target], 3)}")
        print(f"  {result.verdicts[target]}")
        for score in result.all_scores[target]:
            value = "undefined" if score.value is None else format_number(score.value, 3)
            print(f"  {score.title}: {value}. {score.caveat}")


def _read_recipe(arguments: argparse.Namespace) -> Recipe:
    # slow import: numpy, soundfile
    from explain_engine.models import describe_model
    from explain_engine.recipe import Recipe

    # Before the sound is looked at: a model or a target that does not exist is said at once.
    description = describe_model(arguments.model)
    description.check_targets(arguments.target or ())
    data = {}
    if arguments.recipe is not None:
        data = Recipe.from_json(Path(arguments.recipe).read_text(encoding="utf-8")).to_dict()
    else:
        data["start"], data["duration"] = choose_excerpt(arguments)
    data["model"] = arguments.model
    if arguments.target or "targets" not in data:
        data["targets"] = arguments.target or list(description.targets)
    for option, key in PLAIN.items():
        value = getattr(arguments, option)
        if value is not None:
            data[key] = None if value == "none" else value
    for kind in ("segmenter", "explainer"):
        if getattr(arguments, kind) is not None:
            data[kind], data[f"{kind}_parameters"] = getattr(arguments, kind), {}
        parameters = dict(data.get(f"{kind}_parameters", {}))
        parameters.update(_read_parameter(text) for text in getattr(arguments, f"{kind}_parameter"))
        data[f"{kind}_parameters"] = parameters
    recipe = Recipe.from_dict(data)
    description.check_recipe(recipe)
    return recipe


def _read_stability(text: str) -> float | str:
    return text if text == "none" else float(text)


def _read_parameter(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise EngineError(f"A parameter must be NAME=VALUE, got {text!r}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
