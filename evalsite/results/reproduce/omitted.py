"""Which numbers of analysis.json the scripts do not compute, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evalsite.results.reproduce.parts import INTERVAL, Call

# Of a block the kind of its question stands for `blocks` and its place.
OMITTED = (
    (
        r"models/.*/coefficients/(icc_a1|icc_ak|raters_needed|kendall_w)/(low|high)$",
        "intervals of icc_a1, icc_ak, raters_needed by restricted maximum likelihood, and of "
        "kendall_w, of more than 100 listeners or items: numpy's generator deals those left out to "
        "groups; analysis.py has them.",
    ),
    (
        r"models/.*/ordinal_effects/",
        "ordinal mixed models: their likelihood is approximated (Laplace). In R: "
        "ordinal::clmm(factor(value) ~ condition + (1 | participant) + (1 | recording)).",
    ),
    (
        r"models/.*/targets/.*/(rows/\d+/((r|beta|lmg|owen)/(low|high)|sign_stability)"
        r"|groups/\d+/share/(low|high))$",
        "entanglement: intervals of r, beta, LMG and Owen shares and the stability of signs depend "
        "on random draws of recordings; analysis.py draws the same.",
    ),
    (
        r"ratings/words/",
        "words before ratings: equal but for case and space counts as equal; read them.",
    ),
    (
        r"texts/clips/\d+/(n|n_empty|answers)\b",
        "answers in words: equal but for case and space counts as equal; read them.",
    ),
    (
        r"(flow|exclusions|unblindings|study)/|counts/judgments$",
        "flow, exclusions, unblindings, counts/judgments: the study's own records, also of people "
        "who are in no table.",
    ),
    (
        r"(format$|.*/(lowest|points|item)$)",
        "format, lowest, points, item: no figures.",
    ),
)


def list_omitted(found: Mapping[str, Any], calls: Sequence[Call]) -> list[str]:
    """A sentence on each kind of number that no call gives."""
    told = {explain_omission(path, found) for path in list_missing(found, calls)}
    return [sentence for _, sentence in OMITTED if sentence in told]


def list_missing(found: Mapping[str, Any], calls: Sequence[Call]) -> list[str]:
    """Places of the numbers that no call gives."""
    given = {f"{call.path}/{name}" for call in calls for name in call.names}
    return [path for path in list_numbers(found) if not given & set(_list_ways(path))]


def explain_omission(path: str, found: Mapping[str, Any]) -> str:
    """Why the number at this place is not computed; empty: nobody said."""
    top, *keys = path.split("/")
    if top == "blocks":
        path = "/".join([found["blocks"][int(keys[0])]["question"], *keys[1:]])
    return next((sentence for pattern, sentence in OMITTED if re.match(pattern, path)), "")


def list_numbers(value: object, path: str = "") -> Iterator[str]:
    """Places of all numbers. Of a statistic its figures, and the p value where it has one: what
    else stands there only says from what they were computed."""
    if isinstance(value, Mapping) and "estimate" in value:
        yield from (f"{path}/{name}" for name in INTERVAL)
        if value.get("details", {}).get("p_value") is not None:
            yield f"{path}/details/p_value"
        return
    if isinstance(value, list | tuple):
        value = dict(enumerate(value))
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from list_numbers(part, f"{path}/{key}".lstrip("/"))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def _list_ways(path: str) -> list[str]:
    """The place and all above it."""
    keys = path.split("/")
    return ["/".join(keys[:n]) for n in range(1, len(keys) + 1)]
