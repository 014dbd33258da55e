"""Ready-made texts of a protocol. A study may replace each of them."""

from __future__ import annotations

from django.utils.translation import gettext_noop

WELCOME_HEADING = gettext_noop("What do you hear in these clips?")

WELCOME = gettext_noop(
    "We study which parts of a piece of music carry its character. You listen to short clips "
    "and say what you hear. There are no right or wrong answers."
)

CONSENT_VERSION = "2"

CONSENT = gettext_noop(
    """\
You take part of your own free will. You can stop at any time by closing this page, without a \
reason and without any disadvantage. What you saved until then is kept, unless you withdraw it.

We keep your answers and how long they took, which seconds of each clip you played and when, \
when you left or reloaded the page, and what you tell us about yourself on the next page. All of \
it is kept under a random code. We do not ask for your name, and we do not keep your network \
address.

The answers are used for research and may be published as a data set under these codes."""
)

INSTRUCTIONS = gettext_noop(
    """\
You will hear short clips of music, one at a time. Parts of the music may have been taken out of \
a clip, so some clips sound unusual.

Listen to each clip at least once to its end; you may hear it again as often as you like. Then \
rate how it sounds. Rate what you hear, not what you guess was there. If a quality can no longer \
be heard at all, say so with “Can’t tell”.

Please sit somewhere quiet, and leave the volume as it is once you have set it."""
)

QUESTION = gettext_noop("What is still in the signal?")

INTRO = gettext_noop(
    "Parts of this music may have been taken out. Rate what you hear, not what you guess was there."
)

THANKS = gettext_noop(
    """\
All your answers have been saved. You can close this page.

Some clips were left as they were. From the others, parts of the sound had been taken out: in \
some those that a computer model found important for the character of the music, in some parts \
chosen at random. We compare what people still hear in them."""
)
