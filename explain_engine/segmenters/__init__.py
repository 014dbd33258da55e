"""Segmenters: how an excerpt's picture is cut into components. One file each.

A segmenter is a frozen dataclass called with an :class:`~explain_engine.analysis.Analysis`; it
returns labels, shape=(n_bands, n_frames), int, numbered 0 to n - 1.
Modules here import nothing slow at their top: recipes look at the parameters only.
"""
