"""Every text that listeners see is in the catalogue, and the catalogue is whole."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator

import numpy as np
import polib
import pytest
from django.utils import translation

from evalsite.studies.language import LANGUAGES
from evalsite.studies.protocol import read_protocol
from evalsite.studies.trial_types import make_trial_type, registry
from tests.studies.trials import present_all
from tests.support import catalog

OTHERS = LANGUAGES[1:]
FILLED = re.compile(r"\{\w+\}|%\(\w+\)s")
# Marks of templates, comments, and what stands in a tag.
MARKS = re.compile(
    r"\{#.*?#\}|\{% ?blocktranslate.*?\{% ?endblocktranslate ?%\}|\{%.*?%\}|\{\{.*?\}\}", re.S
)
TAGS = re.compile(r'<[^>]*>|[\w-]+="[^"]*"|\bdata-[\w-]+', re.S)
SPOKEN = re.compile(r'\b(?:aria-label|title|placeholder|alt)="[^"]*[A-Za-z]{2}')
# Names, keys and signs that are the same in every language.
SAME = {"Earwitness", "Tab", "A", "B", "L", "M", "X", "s"}
SAME_TEXTS = {"legato", "staccato", "Ref", "Valence", "Articulation", "Dissonance"}


def read_catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(catalog.find_catalogue(language)))


def say_all(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", OTHERS)
def test_catalogue_holds_every_text_and_no_other(language):
    entries = read_catalogue(language)

    known = {(entry.msgid, entry.msgid_plural or None) for entry in entries}

    # Mend it by: python -m tests.support.catalog
    assert known == set(catalog.list_texts())


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_with_the_same_places_to_fill(language):
    wrong = [
        entry.msgid
        for entry in read_catalogue(language)
        for said in say_all(entry)
        if not said.strip()
        or entry.fuzzy
        or not {*FILLED.findall(said)} <= {*FILLED.findall(entry.msgid + entry.msgid_plural)}
        or (not entry.msgid_plural and {*FILLED.findall(said)} != {*FILLED.findall(entry.msgid)})
        or said.count("\n\n") != entry.msgid.count("\n\n")
    ]

    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_compiled_catalogue_is_that_of_its_source(language):
    with catalog.find_catalogue(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for entry in read_catalogue(language):
        if entry.msgid_plural:
            said = [compiled.ngettext(entry.msgid, entry.msgid_plural, n) for n in (1, 2)]
        else:
            said = [compiled.gettext(entry.msgid)]
        assert said == say_all(entry)


def test_templates_say_nothing_outside_of_the_catalogue():
    found = {}
    for path in sorted(catalog.TEMPLATES.rglob("*.html")):
        source = MARKS.sub("", path.read_text(encoding="utf-8"))
        words = re.findall(r"[A-Za-z]+", re.sub(r"&\w+;", "", TAGS.sub(" ", source)))
        said = [word for word in words if word not in SAME] + SPOKEN.findall(source)
        if said:
            found[path.name] = said

    assert found == {}


def list_leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for entry in value.values():
            yield from list_leaves(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from list_leaves(entry)
    elif isinstance(value, str) and re.search(r"[A-Za-z]{2}", value):
        yield value


def is_text(leaf: str) -> bool:
    """What a person reads, not a name of ours: it has a space or a capital."""
    return (" " in leaf or leaf[0].isupper()) and leaf not in SAME_TEXTS


def say_defaults(name: str, language: str) -> list[str]:
    """All that a trial type brings along: parameters, practice, catch trials, feedback."""
    with translation.override(language):
        trial_type = make_trial_type(name, {})
        said = list(list_leaves(trial_type.to_parameters()))
        for what in ("practice", "catch"):
            for one in present_all(trial_type, what=what):
                said += list_leaves(one.shown)
                wrong = trial_type.simulate_answer(np.random.default_rng(0), one.shown)
                said += list_leaves(trial_type.feedback(wrong, one.shown, one.key))
    return [leaf for leaf in said if is_text(leaf)]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", registry.names())
def test_what_a_trial_type_says_is_said_in_the_language(name, language):
    english, said = say_defaults(name, "en"), say_defaults(name, language)

    assert set(english) & set(said) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_protocol_fills_in_ready_made_texts_in_its_language(language):
    def read(code: str) -> set[str]:
        plain = read_protocol({"title": "t", "language": code, "blocks": [{}]}).to_dict()
        said = {
            key: plain[key] for key in ("welcome", "consent", "about", "instructions", "thanks")
        }
        return {leaf for leaf in list_leaves([said, plain["blocks"]]) if is_text(leaf)}

    assert read("en") & read(language) == set()


def test_own_texts_stay_as_they_are():
    protocol = read_protocol({"title": "t", "language": "de", "thanks": "Thank you"})

    assert protocol.thanks == "Thank you"
    assert protocol.to_dict()["language"] == "de"
