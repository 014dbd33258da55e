"""Models of an operator's own: written, used, forgotten."""

from __future__ import annotations

import pytest

from explain_engine import load_model
from explain_engine.models import use_model_files
from tests.explain_engine.adapters.own_models import (
    write_model_file,
)


@pytest.fixture(autouse=True)
def _forget():
    yield
    use_model_files([])


@pytest.fixture
def bring(tmp_path):
    """Write a model file from its entries, use it, and return the model."""

    def bring_model(**entries):
        use_model_files([write_model_file(tmp_path, **entries)])
        return load_model(entries.get("name", "own"))

    return bring_model
