"""Real music without foreign recordings: public-domain scores, typed here, played by a soundfont.

``SCORES`` maps names to :class:`~explain_engine.rendering.score.Score`; :func:`render` plays one.
Needs the optional packages tinysoundfont (the player) and pretty_midi (its soundfont file).
"""

from __future__ import annotations

from explain_engine.audio import Audio
from explain_engine.rendering.score import Score
from explain_engine.rendering.scores import PRACTICE, SCORES
from explain_engine.rendering.soundfont import play

__all__ = ["PRACTICE", "SCORES", "Score", "render"]


def render(name: str, sr: int = 44_100) -> Audio:
    """Play a score.

    Parameters
    ----------
    name : str
        A key of ``SCORES``, or ``"practice"``.
    sr : int
        Sample rate in hertz.

    Returns
    -------
    Audio
        Mono sound, the same samples every time.

    Raises
    ------
    EngineError
        If there is no such score, or the player or its soundfont is not installed.
    """
    from explain_engine.errors import EngineError

    scores = {**SCORES, PRACTICE.name: PRACTICE}
    if name not in scores:
        raise EngineError(f"A score must be one of {', '.join(scores)}, got {name!r}.")
    return play(scores[name], sr)
