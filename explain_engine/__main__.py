"""``python -m explain_engine``."""

from __future__ import annotations

import sys

from explain_engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
