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

from explain_engine import __version__
from explain_engine.commands.correlations import add_correlations
from explain_engine.commands.effects import add_effects, add_predict
from explain_engine.commands.excerpt import add_model_file
from explain_engine.commands.explain import add_explain
from explain_engine.commands.reconstruct import add_reconstruct
from explain_engine.errors import EngineError
from explain_engine.models import use_model_files
from explain_engine.registry import Registry
from explain_engine.training.command import add_train


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
    add_explain(commands)
    add_predict(commands)
    add_effects(commands)
    add_reconstruct(commands)
    add_correlations(commands)
    add_train(commands)
    for name in ("models", "segmenters", "explainers"):
        listing = commands.add_parser(name, help=f"list the {name}")
        listing.add_argument("--json", action="store_true", help="as JSON, with all parameters")
        if name == "models":
            add_model_file(listing)
        listing.set_defaults(run=_run_models if name == "models" else _run_list, registry=name)
    return parser


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
            level1 = f", linear in {', '.join(model['features'])}" if model["features"] else ""
            print(f"  input {model['input']}{level1}")
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
