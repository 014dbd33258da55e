"""What keeps Earwitness from starting."""

from __future__ import annotations


class StartError(Exception):
    """One sentence for the person at the terminal; exit code 2."""
