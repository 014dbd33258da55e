"""Earwitness: evidence, from human ears, about what machine-listening models say they hear."""

__version__ = "0.1.0"
