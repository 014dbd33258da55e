"""The pure modules of the pages, by Node's own test runner (Playwright carries a Node)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import playwright

FOLDER = Path(__file__).parent
NODE = Path(playwright.__file__).parent / "driver" / "node"


def test_pure_modules_pass_their_own_tests():
    files = sorted(str(path) for path in FOLDER.glob("*.test.mjs"))

    done = subprocess.run(
        [NODE, "--test", *files], capture_output=True, text=True, timeout=120, cwd=FOLDER
    )

    assert len(files) >= 7
    assert done.returncode == 0, done.stdout + done.stderr
