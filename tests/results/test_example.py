"""The example that reads a data set runs on a real one and says what analysis.json says."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from django.conf import settings

from tests import factories
from tests.results.every_kind import unpack_export

pytestmark = pytest.mark.django_db


def test_example_tells_the_figures_of_the_data_set(tmp_path):
    rng = np.random.default_rng(5)
    study = factories.make_open_study(n_recordings=4)

    def rate(recording: str, condition: str, quality: str) -> int | str:
        if quality == "minorness" and rng.random() < 0.1:
            return "cant_tell"
        return int(np.clip(round(rng.normal(3 + 2 * (recording == "Piece 1"), 1)), 1, 7))

    for n in range(8):
        factories.make_sitting(study, rate, training="10+" if n % 2 else "0")
    folder = unpack_export(study, tmp_path)

    done = subprocess.run(
        [sys.executable, settings.BASE_DIR / "examples" / "analysis_of_a_data_set.py", folder],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(settings.BASE_DIR), "DJANGO_SETTINGS_MODULE": "none"},
    )

    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    for quality in found["blocks"][0]["qualities"]:
        alpha = quality["agreement"]
        line = f"alpha, ordinal: {alpha['estimate']:.2f}, {alpha['low']:.2f} to {alpha['high']:.2f}"
        assert line in done.stdout
    assert done.stdout.count("musicians minus others") == 2
    assert done.stdout.count("kept minus control_area") == 2
