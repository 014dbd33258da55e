"""What keeps Earwitness from starting, or a backup from being made or read."""

from __future__ import annotations


class StartError(Exception):
    """One sentence for the person at the terminal; exit code 2."""


class BackupError(Exception):
    """One sentence for the person at the terminal; exit code 2."""
