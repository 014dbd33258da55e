"""Ready-made qualities, and the reading of a protocol's own.

The seven mid-level features of Aljanaki & Soleymani (2018), with the questions behind them in our
words, and the eight emotions of Eerola & Vuoskoski (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from evalsite.common.errors import EarwitnessError
from evalsite.studies import reading


@dataclass(frozen=True)
class Quality:
    """A bipolar scale: what is rated, what its two ends mean, and what to listen for."""

    name: str
    label: str
    low: str
    high: str
    help: str = ""

    def to_plain(self) -> dict[str, str]:
        plain = vars(self)
        return {key: plain[key] for key in plain if plain[key]}


MID_LEVEL = (
    Quality("melodiousness", "Melodiousness", "no tune", "a tune to sing back"),
    Quality("articulation", "Articulation", "legato", "staccato"),
    Quality("rhythm_stability", "Rhythmic stability", "hard to march to", "easy"),
    Quality("rhythm_complexity", "Rhythmic complexity", "simple", "layered"),
    Quality("dissonance", "Dissonance", "smooth", "clashing"),
    Quality("tonal_stability", "Tonal stability", "wandering", "a clear home note"),
    Quality("minorness", "Mode", "major", "minor"),
)
EMOTIONS = (
    Quality("valence", "Valence", "negative", "positive"),
    Quality("energy", "Energy", "low", "high"),
    Quality("tension", "Tension", "relaxed", "tense"),
    Quality("anger", "Anger", "not at all", "very"),
    Quality("fear", "Fear", "not at all", "very"),
    Quality("happy", "Happiness", "not at all", "very"),
    Quality("sad", "Sadness", "not at all", "very"),
    Quality("tender", "Tenderness", "not at all", "very"),
)
SETS = {"mid_level": MID_LEVEL, "emotions": EMOTIONS}
READY_MADE = {quality.name: quality for qualities in SETS.values() for quality in qualities}

# What a listener may ask themselves about each mid-level feature.
HELP = {
    "melodiousness": "Would you want to sing along?",
    "articulation": "Are the notes short and apart, or long and joined?",
    "rhythm_stability": "Imagine marching along: how easy is it?",
    "rhythm_complexity": "Is it hard to tap back? Are there many layers?",
    "dissonance": "Is the sound noisy, do notes rub against each other?",
    "tonal_stability": "Is it easy to hum the home note? Does the key stay?",
    "minorness": "If you played chords along, would they be minor ones?",
}


def say_quality(quality: Quality) -> Quality:
    """A ready-made one in the language that is active."""
    return replace(
        quality,
        label=gettext(quality.label),
        low=gettext(quality.low),
        high=gettext(quality.high),
    )


def say_qualities(qualities: Sequence[Quality]) -> tuple[Quality, ...]:
    return tuple(say_quality(quality) for quality in qualities)


def say_help(name: str) -> str:
    """What to listen for, in the language that is active; blank without ready-made words."""
    return gettext(HELP[name]) if name in HELP else ""


def explain_qualities(qualities: Sequence[Quality]) -> tuple[Quality, ...]:
    """The same with what to listen for, where there are ready-made words for it."""
    return tuple(replace(one, help=one.help or say_help(one.name)) for one in qualities)


def read_qualities(value: object, where: str) -> tuple[Quality, ...]:
    """The name of a set; or a list of ready-made names and mappings with their own words."""
    if isinstance(value, str):
        return say_qualities(SETS[reading.read_choice(value, where, choices=tuple(SETS))])
    qualities = [
        _read_quality(entry, f"{where}[{i}]")
        for i, entry in enumerate(reading.read_list(value, where, at_least=1, at_most=20))
    ]
    reading.refuse_repeats([quality.name for quality in qualities], "names of qualities")
    return tuple(qualities)


def _read_quality(entry: object, where: str) -> Quality:
    if isinstance(entry, str):
        if entry not in READY_MADE:
            raise EarwitnessError(
                f"{where} must be a mapping or one of {', '.join(READY_MADE)}, "
                f"got {ascii(entry)[:40]}."
            )
        return say_quality(READY_MADE[entry])
    given = reading.read_mapping(entry, where, keys=("name", "label", "low", "high", "help"))
    name = reading.read_name(given.get("name"), f"{where}.name")
    words = {
        key: reading.read_text(given.get(key), f"{where}.{key}", at_most=60)
        for key in ("label", "low", "high")
    }
    help_text = reading.read_text(given.get("help", ""), f"{where}.help", at_least=0)
    return Quality(name, **words, help=help_text)
