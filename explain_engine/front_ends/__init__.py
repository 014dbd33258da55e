"""Front ends: what makes a model's input picture from sound.

Looking one up loads NumPy, not torch.
"""

from __future__ import annotations

from importlib import import_module

from explain_engine.errors import ModelError

FRONT_ENDS = {"log_filtered": "LogFilteredSpectrogram", "mel": "MelDecibels"}
# What a model's declaration says that hears sound itself.
WAVEFORM = "waveform"
# Ways to turn filters round; those of the front end must take magnitudes.
OF_FILTERS = ("pinv", "nnls")


def get_front_end(name: str) -> type:
    """Return the class of a front end, a frozen dataclass.

    Raises
    ------
    ModelError
        If there is none of that name.
    """
    if name not in FRONT_ENDS:
        raise ModelError(f"front_end must be one of {', '.join(FRONT_ENDS)}, got {name!r}.")
    found: type = getattr(import_module(f"{__name__}.{name}"), FRONT_ENDS[name])
    return found


def can_invert_filters(name: str) -> bool:
    """Whether ``pinv`` and ``nnls`` can make sound of such a front end's pictures."""
    return hasattr(get_front_end(name), "filterbank")
