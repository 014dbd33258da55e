"""Figures from arrays and data frames: agreement, description, intervals.

Pure functions: arrays or data frames in, a frozen :class:`~evalsite.analysis.result.Result` out.
Nothing here knows about Django, so every figure can be computed again in a notebook.
"""

from __future__ import annotations

from evalsite.analysis.result import REASONS, Result

__all__ = ["REASONS", "Result"]
