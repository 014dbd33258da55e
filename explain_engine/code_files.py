"""Where code lies: found without importing it, for that would run it."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

from explain_engine.errors import ModelError


def find_source(code: str, file_name: str) -> Path:
    """Return the file that holds a class or function.

    Parameters
    ----------
    code : str
        ``package.module:Name``.
    file_name : str
        The model file, for messages.

    Raises
    ------
    ModelError
        If there is no such module, or it is no file.
    """
    module = code.partition(":")[0]
    folders, spec, parts = None, None, module.split(".")
    for i in range(len(parts)):
        spec = _find_spec(".".join(parts[: i + 1]), folders)
        folders = None if spec is None else list(spec.submodule_search_locations or [])
        if spec is None or (i + 1 < len(parts) and not folders):
            raise ModelError(
                f"Model file {file_name!r}: code must lie on Python's path, there is no module "
                f"{module!r}."
            )
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise ModelError(f"Model file {file_name!r}: module {module!r} must be a file.")
    return Path(spec.origin)


def _find_spec(name: str, folders: list[str] | None) -> ModuleSpec | None:
    # importlib.util.find_spec would import the packages above, and with them perhaps torch.
    for finder in sys.meta_path:
        spec = finder.find_spec(name, folders)
        if spec is not None:
            return spec
    return None
