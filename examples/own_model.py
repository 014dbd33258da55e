"""A model of your own: brightness.toml describes it, the engine explains it like any other.

python examples/own_model.py OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from explain_engine import Recipe, explain
from explain_engine.models import describe_model, use_model_files
from explain_engine.rendering import render

HERE = Path(__file__).parent


def main(out: str) -> None:
    sys.path.insert(0, str(HERE))  # where its code lies: no file brings code of its own
    use_model_files([str(HERE / "brightness.toml")])
    model = describe_model("brightness")
    print(f"{model.title}: {', '.join(model.targets)}; digest {model.weights_digest[:12]}")

    recipe = Recipe(
        model="brightness",
        targets=("brightness",),
        duration=4.0,
        segmenter="frequency",
        segmenter_parameters={"n_components": 8},
        explainer="exhaustive",
        n_selected=2,
    )
    result = explain(render("offenbach_can_can", 22_050), recipe)
    # What is high makes a sound bright: the highest bands that sound must lead.
    print("components, brightest first:", result.selected["brightness"].tolist())
    print(result.verdicts["brightness"])
    result.save(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
