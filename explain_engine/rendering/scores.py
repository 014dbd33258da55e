"""Openings of public-domain pieces, typed from memory of the scores, and one tune of our own.

They differ in mode, tempo, articulation, loudness and timbre, so that a model and a listener have
something to tell apart. Accompaniments are simplified where a piece was written for many players.
"""

from __future__ import annotations

from explain_engine.rendering.score import Score, Voice

HARPSICHORD, PIANO, ORGAN, GUITAR = 6, 0, 19, 24
PIZZICATO, TIMPANI, STRINGS, CHOIR, BASSOON, BRASS, TUBA = 45, 47, 48, 52, 70, 61, 58
PICCOLO, RECORDER, VIBRAPHONE, BASS, TROMBONE = 72, 74, 11, 32, 57


def _break_chords(bars: tuple[str, ...]) -> str:
    """Each bar of five notes as Bach's pattern of sixteenths: 1 2 3 4 5 3 4 5, twice."""
    text = []
    for bar in bars:
        notes = bar.split()
        text += [notes[i] for i in (0, 1, 2, 3, 4, 2, 3, 4)] * 2
    return "mp legato " + " ".join(f"{note}:0.25" for note in text)


def _hold_bass(bars: tuple[str, ...]) -> str:
    return "p legato " + " ".join(f"{bar.split()[0]}:2" for bar in bars for _ in range(2))


def _repeat_chords(*chords: str) -> str:
    """Eighth-note chords; ``4xg3+b3+e4`` is played four times."""
    text = []
    for chord in chords:
        times, notes = chord.split("x")
        text += [f"{notes}:0.5"] * int(times)
    return " ".join(text)


_PRELUDE = (
    "c4 e4 g4 c5 e5",
    "c4 d4 a4 d5 f5",
    "b3 d4 g4 d5 f5",
    "c4 e4 g4 c5 e5",
)

_MOUNTAIN_KING = (
    "b2:0.5 c#3 d3 e3 f#3 d3 f#3:1 | f3:0.5 c#3 f3:1 e3:0.5 c3 e3:1 | "
    "b2:0.5 c#3 d3 e3 f#3 d3 f#3 b3 | a3 f#3 d3 f#3 a3:2 | "
    "f#3:0.5 g#3 a#3 b3 c#4 a#3 c#4:1 | d4:0.5 a#3 d4:1 c#4:0.5 a#3 c#4:1 | "
    "f#3:0.5 g#3 a#3 b3 c#4 a#3 c#4:1 | d4:0.5 a#3 d4:1 c#4:2"
)
_MOUNTAIN_BASS = "b1:1 f#2 " * 8 + "f#1:1 c#2 " * 8

_CANCAN_START = "c5:2 | d5:0.5 f5 e5 d5 | g5:1 g5 | g5:0.5 a5 e5 f5 | d5:1 d5 | d5:0.5 f5 e5 d5 | "
_CANCAN = (
    _CANCAN_START
    + "c5:0.5 c6 b5 a5 | g5 f5 e5 d5 | "
    + _CANCAN_START
    + "c5:0.5 g5 d5 e5 | c5:1 r:1"
)
_ON_C, _ON_G = "r:0.5 e4+g4 r e4+g4 ", "r:0.5 f4+g4 r f4+g4 "
_CANCAN_CHORDS = (_ON_C + _ON_G + _ON_C * 2 + _ON_G * 2 + _ON_C + _ON_G) + (
    _ON_C + _ON_G + _ON_C * 2 + _ON_G * 2 + _ON_G + "e4+g4:1 r:1"
)
_CANCAN_BASS = (
    "c3:1 g2 g2 b2 c3 g2 c3 g2 g2 d3 g2 d3 c3 e3 g2 b2 "
    "c3:1 g2 g2 b2 c3 g2 c3 g2 g2 d3 g2 d3 g2 g2 c3 r"
)

SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        Score(
            name="bach_prelude_c",
            title="Prelude in C major, BWV 846",
            composer="Johann Sebastian Bach",
            character="calm, flowing, major, harpsichord",
            tempo=((0, 74),),
            voices=(
                Voice(HARPSICHORD, _break_chords(_PRELUDE)),
                Voice(HARPSICHORD, _hold_bass(_PRELUDE), gain=0.8),
            ),
            seconds=13.5,
        ),
        Score(
            name="chopin_prelude_e_minor",
            title="Prelude in E minor, op. 28 no. 4",
            composer="Frédéric Chopin",
            character="slow, sad, minor, legato, piano",
            tempo=((0, 58),),
            voices=(
                Voice(
                    PIANO,
                    "mf legato b3:0.75 b4:0.25 | b4:3 c5:1 | b4:3 c5:1 | b4:3 c5:1 | b4:3 a#4:1",
                ),
                Voice(
                    PIANO,
                    "p tenuto r:1 | "
                    + _repeat_chords(
                        "8xg3+b3+e4",
                        "4xf#3+a3+e4",
                        "4xf#3+a3+d#4",
                        "2xf3+a3+d#4",
                        "4xf3+a3+d4",
                        "2xf3+g#3+d4",
                        "4xe3+g#3+d4",
                        "2xe3+g3+d4",
                        "2xe3+g3+c#4",
                    ),
                ),
            ),
            seconds=14.5,
        ),
        Score(
            name="grieg_mountain_king",
            title="In the Hall of the Mountain King, op. 46 no. 4",
            composer="Edvard Grieg",
            character="sneaking, staccato, minor, getting faster and louder",
            tempo=((0, 132), (8, 140), (32, 208)),
            voices=(
                Voice(BASSOON, "mf stacc " + _MOUNTAIN_KING),
                Voice(PIZZICATO, "f stacc " + _MOUNTAIN_KING),
                Voice(BASS, "mf stacc " + _MOUNTAIN_BASS),
                Voice(PIZZICATO, "mp stacc " + "r:0.5 b3+d4 " * 16 + "r:0.5 a#3+c#4 " * 16),
            ),
            seconds=12.5,
        ),
        Score(
            name="beethoven_ode_to_joy",
            title="Ode to Joy, from Symphony no. 9, op. 125",
            composer="Ludwig van Beethoven",
            character="triumphant, major, loud, brass and strings",
            tempo=((0, 144), (28, 144), (32, 126)),
            voices=(
                Voice(
                    BRASS,
                    "f tenuto f#4:1 f#4 g4 a4 | a4 g4 f#4 e4 | d4 d4 e4 f#4 | "
                    "f#4:1.5 e4:0.5 e4:2 | "
                    "ff f#4:1 f#4 g4 a4 | a4 g4 f#4 e4 | d4 d4 e4 f#4 | e4:1.5 d4:0.5 d4:2",
                    transpose=12,
                    gain=0.9,
                ),
                Voice(
                    STRINGS,
                    "f tenuto d4+a4:4 | d4+a4:2 c#4+a4:2 | d4+a4:2 c#4+a4:1 d4+a4:1 | "
                    "d4+a4:1.5 c#4+a4:2.5 | ff d4+a4:4 | d4+a4:2 c#4+a4:2 | "
                    "d4+a4:2 c#4+a4:1 d4+a4:1 | c#4+g4:1.5 d4+f#4:2.5",
                ),
                Voice(
                    TROMBONE,
                    "f normal d3:1 d3 b2 d3 | f#3 d3 a2 a2 | d3 d3 a2 d3 | d3:1.5 a2:0.5 a2:2 | "
                    "ff d3:1 d3 b2 d3 | f#3 d3 a2 a2 | d3 d3 a2 d3 | a2:1.5 d3:0.5 d3:2",
                ),
                Voice(TIMPANI, "f normal " + "d2:2 r:1 a2:1 " * 7 + "a2:1.5 d2:2.5"),
            ),
            seconds=14.5,
        ),
        Score(
            name="satie_gymnopedie",
            title="Gymnopédie no. 1",
            composer="Erik Satie",
            character="slow, tender, quiet, piano",
            tempo=((0, 76),),
            voices=(
                Voice(
                    PIANO,
                    "mp legato r:6 | r:1 f#5:1 a5:1 | g5:1 f#5:1 c#5:1 | b4:1 c#5:1 d5:1 | a4:3",
                ),
                Voice(PIANO, "p legato " + "g2:3 d2:3 " * 3),
                Voice(PIANO, "pp legato " + "r:1 b3+d4+f#4:2 r:1 a3+c#4+f#4:2 " * 3),
            ),
            seconds=14.5,
        ),
        Score(
            name="offenbach_can_can",
            title="Galop infernal (Can-can), from Orpheus in the Underworld",
            composer="Jacques Offenbach",
            character="fast, exuberant, major, staccato, full band",
            tempo=((0, 164),),
            voices=(
                Voice(STRINGS, "ff normal " + _CANCAN, transpose=2),
                Voice(PICCOLO, "f stacc " + _CANCAN, transpose=14, gain=0.7),
                Voice(BRASS, "mf stacc " + _CANCAN_CHORDS, transpose=2),
                Voice(TUBA, "f stacc " + _CANCAN_BASS, transpose=-10),
            ),
            seconds=12.5,
        ),
        Score(
            name="crueger_nun_danket",
            title="Nun danket alle Gott (chorale, four parts)",
            composer="Johann Crüger",
            character="solemn, even, major, organ and choir",
            tempo=((0, 84), (13, 84), (17, 66)),
            voices=tuple(
                Voice(program, f"{dynamic} tenuto {part}")
                for program, dynamic in ((ORGAN, "f"), (CHOIR, "mf"))
                for part in (
                    "c5:1 | c5 c5 d5 d5 | c5:3 a4:1 | a#4 a4 g4 a4 | g4:2 f4:2",
                    "a4:1 | a4 f4 f4 g4 | f4:3 f4:1 | g4 f4 e4 f4 | e4:2 c4:2",
                    "f4:1 | f4 c4 d4 d4 | c4:3 c4:1 | d4 c4 c4 c4 | a#3:2 a3:2",
                    "f3:1 | f3 a3 a#3 a#3 | a3:3 f3:1 | g3 a3 c4 f3 | c3:2 f3:2",
                )
            ),
            seconds=13.5,
        ),
        Score(
            name="greensleeves",
            title="Greensleeves",
            composer="traditional (England, 16th century)",
            character="wistful, minor, swaying, recorder and guitar",
            tempo=((0, 138),),
            voices=(
                Voice(
                    RECORDER,
                    "mf legato a4:1 | c5:2 d5:1 e5:1.5 f#5:0.5 e5:1 | "
                    "d5:2 b4:1 g4:1.5 a4:0.5 b4:1 "
                    "| c5:2 a4:1 a4:1.5 g#4:0.5 a4:1 | b4:2 g#4:1 e4:3",
                ),
                Voice(
                    GUITAR,
                    "mf legato r:1 | a2:1 e3 a3 c4 a3 e3 | g2 d3 g3 b3 g3 d3 | "
                    "a2 e3 a3 c4 a3 e3 | e2 b2 e3 g#3 b3 e4",
                ),
            ),
            seconds=12.0,
        ),
    )
}

PRACTICE = Score(
    name="practice",
    title="Practice tune",
    composer="Earwitness",
    character="friendly, bouncing, major, vibraphone and bass",
    tempo=((0, 120),),
    voices=(
        Voice(
            VIBRAPHONE,
            "mf normal g4:0.5 b4 d5:1 c5:0.5 a4 f#4:1 | g4:0.5 a4 b4 d5 e5:1 d5:1 | "
            "c5:0.5 e5 d5 b4 a4:1 f#4:1 | g4:1 b4:0.5 d5 g5:2",
        ),
        Voice(BASS, "mf normal g2:1 d3 d2 a2 | g2 b2 c3 g2 | a2 c3 d2 d3 | g2 d2 g2:2"),
    ),
    seconds=8.0,
)
