"""Earwitness: evidence, from human ears, about what machine-listening models say they hear."""
