"""Models that this package did not write: modules, graphs and functions behind one interface."""

from __future__ import annotations

from explain_engine.adapters.function import FunctionModel
from explain_engine.adapters.given import GivenModel, make_front_end
from explain_engine.adapters.graph import GraphModel
from explain_engine.adapters.module import ModuleModel
from explain_engine.adapters.trained import TrainedModel
from explain_engine.model_files import ModelFile

KINDS: dict[str, type[GivenModel]] = {
    "torch": ModuleModel,
    "onnx": GraphModel,
    "callable": FunctionModel,
    "a2mid2e": TrainedModel,
}


def make_model(file: ModelFile) -> type[GivenModel]:
    """Return the model that a model file describes: a class, as every model is.

    Nothing that the file names is loaded before the model is made from the class.

    Raises
    ------
    EngineError
        If the front end is unknown or a parameter of it breaks a rule.
    """
    if file.front_end is not None:
        make_front_end(file.front_end, file.sr)
    kind = KINDS[file.kind]
    attributes = {
        "__doc__": f"{file.title.rstrip('.')}.",
        "__module__": __name__,
        "file": file,
        "name": file.name,
        "title": file.title,
        "targets": file.all_targets,
        "sr": file.sr,
        **kind.declare(file),
        "licence": file.licence,
        "card": " ".join(filter(None, (file.card, kind.identity))),
    }
    return type(file.name, (kind,), attributes)
