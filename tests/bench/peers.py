"""Peers too heavy to stand among the test's packages: an environment made for them, then removed.

PEERS_PYTHON names the interpreter of one that is there already.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def make_environment(packages: Sequence[str]) -> Iterator[Path]:
    """Yield the interpreter of an environment with these packages."""
    if "PEERS_PYTHON" in os.environ:
        yield Path(os.environ["PEERS_PYTHON"])
        return
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
        yield python
