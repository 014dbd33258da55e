"""Scripts in Python and R that compute a data set's figures anew, from its tables alone."""

from __future__ import annotations

from evalsite.results.reproduce.scripts import write_python, write_r

__all__ = ["write_python", "write_r"]
