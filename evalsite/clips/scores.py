"""Ready values of an explanation's scores."""

from __future__ import annotations

from typing import Any

from evalsite.clips.engine import format_number

# Scores that decidewhether the page opens with a warning, and those that lie between 0 and 1.
DECISIVE = {"selection", "held_out_r2", "stability"}
BOUNDED = {"held_out_r2", "stability", "top_overlap"}


def show_score(score: dict[str, Any]) -> dict[str, Any]:
    value = score["value"]
    bounded = value is not None and 0 <= value <= 1 and score["name"] in BOUNDED
    return {
        "name": score["name"],
        "title": score["title"],
        "value": "not defined" if value is None else format_number(value),
        "x": round(value * 340, 1) if bounded else None,
        "caveat": score["caveat"],
        "is_weak": score["is_weak"],
    }


def show_effort(run: dict[str, Any]) -> list[dict[str, Any]]:
    """What it took; not a matter of trust, but of what another explanation would cost."""
    n_forwards, seconds = run.get("n_forwards"), run.get("seconds")
    if not n_forwards or seconds is None:
        return []
    threads = run.get("threads", 1)
    shared = {"x": None, "is_weak": False}
    return [
        shared
        | {
            "name": "forwards",
            "title": "Forward passes",
            "value": f"{n_forwards:,}",
            "caveat": "How often the model was asked, all targets at once: for the weights, for "
            "the clips, and for the curves behind the insertion and deletion areas.",
        },
        shared
        | {
            "name": "seconds",
            "title": "Working time",
            "value": f"{seconds:.1f} s",
            "caveat": f"On {threads} thread{'s' if threads != 1 else ''}, "
            f"{1000 * seconds / n_forwards:.0f} ms a forward pass with all that goes with it.",
        },
    ]
