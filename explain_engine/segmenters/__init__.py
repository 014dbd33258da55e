"""Segmenters: how an excerpt's picture is cut into components. One file each.

A segmenter is a frozen dataclass called with an :class:`~explain_engine.analysis.Analysis`; it
returns labels, shape=(n_bands, n_frames), int, numbered 0 to n - 1, or
:class:`~explain_engine.components.Sources` that add up to the excerpt.
A segmenter with ``reads_files = True`` takes paths: it is for Python and the command line, and no
form or remote program may ask for it.
One with ``finds_sources = True`` parts the sound itself, so it is for the domain audio only.
Modules here import nothing slow at their top: recipes look at the parameters only.
"""
