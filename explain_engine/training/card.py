"""The reference model's card, written from the log of its training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explain_engine.networks.names import EMOTIONS, FEATURES
from explain_engine.training.planted import NOISE_SHARE, SOURCES

_TEST_TITLES = {"test_pieces": "new pieces", "test_programs": "new pieces, new instruments"}


def write_card(log: Mapping[str, Any]) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    log : mapping
        What `reference.train_reference` returns.

    Returns
    -------
    str
        The card.
    """
    fonts = ", ".join(font["name"] for font in log["soundfonts"])
    foreign = ", ".join(font["name"] for font in log["test_soundfonts"]) or "none"
    settings, pieces = log["settings"], log["pieces"]
    return "\n".join(
        [
            "# Reference model A2Mid2E-Joint",
            "",
            "**What it is: a test bed.** It has heard no human ratings and no recorded music. It "
            "was trained on music that a program composed and soundfonts played, with mid-level "
            "features measured on the scores, and with emotions *planted*: a fixed linear "
            "function of those features plus noise. Its effects return what was planted. Nothing "
            "it says about a recording is a finding about listeners.",
            "",
            "Use it to see whether an explanation finds what is known to be there. Do not use it "
            "to rate music, and do not report its emotions as emotions.",
            "",
            "| | |",
            "|---|---|",
            "| architecture | Chowdhury et al., ISMIR 2019, scheme A2Mid2E-Joint, "
            f"width {settings['network']['width']:g}, {log['n_parameters']:,} parameters |",
            "| input | ten seconds (other lengths work), mono, 22,050 Hz; log-filtered "
            "spectrogram of 149 bands, 31.25 frames a second |",
            "| output | 8 emotions and 7 mid-level features, on the scale of ratings divided by "
            "ten: mean 0.5, standard deviation 0.15 |",
            f"| trained on | {pieces['train']:,} pieces; soundfonts {fonts} |",
            f"| soundfonts of the tests alone | {foreign} |",
            f"| settings | {len(log['epochs'])} epochs, Adam at {settings['learning_rate']:g}, "
            f"batches of {settings['batch_size']}, seed {log['seed']} |",
            "| licence | Apache-2.0 (weights; no soundfont is part of them) |",
            "| made by | `python -m explain_engine train --rendered` |",
            "",
            "## How well it hears",
            "",
            "Pearson's r with what was measured or planted; hoped for: 0.5 for each feature, 0.4 "
            f"for each emotion. Noise is {NOISE_SHARE:.0%} of an emotion's variance, so that "
            f"{(1 - NOISE_SHARE) ** 0.5:.2f} is the ceiling there. 95 % intervals are in the log.",
            "",
            *_tabulate_tests(log["tests"]),
            "",
            *_describe_misses(log["misses"]),
            "",
            "## What is planted",
            "",
            "Change of the emotion per standard deviation of the feature; in brackets what the "
            "trained layer holds; it started from the regression of the training set's emotions "
            "on its features. Letters name where the sign comes from; the sizes are ours.",
            "",
            *_tabulate_weights(log),
            "",
            "G: Gabrielsson & Lindström 2010. J: Juslin & Laukka 2003. E: Eerola, Friberg & "
            "Bresin 2013. o: our own choice, without a source.",
            "",
            f"Correlation of learned with planted weights: {log['head_r']:.3f}; largest "
            f"difference: {log['head_max_difference']:.2f}.",
            "",
            "## What the features are here",
            "",
            "- melodiousness: the melody's share of the notes' strength; small steps",
            "- articulation: share of the time between notes that is silent (staccato)",
            "- rhythm_complexity: syncopation, entropy of inter-onset intervals, distinct rhythms",
            "- rhythm_stability: autocorrelation of the played onsets, and how little they stray "
            "from a steady beat",
            "- dissonance: roughness of the sounding partials",
            "- tonal_stability: fit of the notes to one key, throughout and at each time",
            "- minorness: minor chords, and lean of the notes to the minor key",
            "",
            "## Limits",
            "",
            "Voices, recorded rooms, effects, sounds without pitch and music of other traditions "
            "are foreign to it. Energy knows nothing of loudness or tempo beyond what the "
            "features hold. Level matters little: training varied it at random.",
            "",
        ]
    )


def _tabulate_tests(tests: Mapping[str, Any]) -> list[str]:
    names = list(tests)
    titles = [
        _TEST_TITLES.get(name, "soundfont " + name.removeprefix("test_font_")) for name in names
    ]
    lines = ["| | " + " | ".join(titles) + " |", "|---" * (len(names) + 1) + "|"]
    for target in FEATURES + EMOTIONS:
        values = (f"{tests[name]['r'][target]['estimate']:.2f}" for name in names)
        lines.append(f"| {target} | " + " | ".join(values) + " |")
    return lines


def _describe_misses(misses: list[str]) -> list[str]:
    if not misses:
        return ["All outputs reach what was hoped for in all tests."]
    return ["Below what was hoped for:", "", *(f"- {miss}" for miss in misses)]


def _tabulate_weights(log: Mapping[str, Any]) -> list[str]:
    lines = ["| | " + " | ".join(EMOTIONS) + " |", "|---" * (len(EMOTIONS) + 1) + "|"]
    for row, feature in enumerate(FEATURES):
        cells = []
        for column, emotion in enumerate(EMOTIONS):
            source = SOURCES[feature, emotion].strip("-")
            planted, learned = log["planted"][row][column], log["learned"][row][column]
            cells.append(f"{planted:+.2f} ({learned:+.2f}) {source}".rstrip())
        lines.append(f"| {feature} | " + " | ".join(cells) + " |")
    return lines
