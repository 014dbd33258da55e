"""Flags of clips in words, each with its rule."""

from __future__ import annotations

from collections.abc import Mapping

from evalsite.results.figures.flags import CANT_TELL, DIFFERS, TWO_CAMPS

WORDS: Mapping[str, str] = {
    TWO_CAMPS: "two camps",
    CANT_TELL: "often can’t tell",
    DIFFERS: "listeners, model differ",
}
RULES: Mapping[str, str] = {
    TWO_CAMPS: "of eight ratings or more, a quarter lies in the lowest third of the scale and a "
    "quarter in the highest.",
    CANT_TELL: "more than a third of eight answers or more.",
    DIFFERS: "among eight clips or more, the clip’s place by mean rating and its place by the "
    "model’s output are more than half the clips apart.",
}
