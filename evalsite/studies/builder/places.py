"""From a refusal's sentence to the place in a protocol's text that it is about."""

from __future__ import annotations

import re

import yaml

PLACE = re.compile(r"[a-z_][a-z0-9_]*(?:\[\d+\]|\.[A-Za-z0-9_]+)*(?= (?:must|may|can|are) )")
STEP = re.compile(r"\[(\d+)\]|([A-Za-z0-9_]+)")


def is_about(sentence: str, place: str) -> bool:
    """Whether a sentence begins with a place or with something in it."""
    return sentence.startswith(place) and sentence[len(place) :][:1] in (" ", ".", "[")


def find_place(sentence: str) -> str:
    """The place that the sentence begins with; "protocol" if it is about the whole."""
    found = PLACE.match(sentence)
    return found.group() if found else "protocol"


def find_line(text: str, sentence: str) -> int | None:
    """The line, from 1, of the deepest part of the sentence's place that the text has."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    line = None
    for index, key in STEP.findall(find_place(sentence)):
        entry = _find_entry(node, index, key)
        if entry is None:
            break
        line, node = entry
    return line


def _find_entry(node: yaml.Node | None, index: str, key: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        entry = node.value[int(index)]
        return entry.start_mark.line + 1, entry
    if isinstance(node, yaml.MappingNode) and key:
        for name, value in node.value:
            if name.value == key:
                return name.start_mark.line + 1, value
    return None
