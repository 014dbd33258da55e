"""The data set's own README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evalsite import __version__
from evalsite.results.dataset.contents import DataSet
from evalsite.results.pages.methods import list_references, write_methods
from evalsite.results.pages.wording import count_things
from evalsite.results.tables.privacy import tell_protection

READING = (
    "## Reading it",
    "",
    "The means of the results page, in Python and in R:",
    "",
    "```python",
    "import pandas as pd",
    "",
    'ratings = pd.read_csv("ratings.csv")',
    'raters = pd.read_csv("raters.csv")',
    'analysed = ratings["participant"].isin(raters.loc[raters["analysed"], "participant"])',
    'told = ratings[analysed & ~ratings["cant_tell"]]',
    'print(told.groupby(["quality", "condition"])["value"].mean())',
    'told = told.merge(pd.read_csv("items.csv"), on="item", suffixes=("", "_item"))',
    "```",
    "",
    "```r",
    'ratings <- read.csv("ratings.csv")',
    'listeners <- subset(read.csv("raters.csv"), analysed == "true")$participant',
    'told <- subset(ratings, participant %in% listeners & cant_tell == "false")',
    "aggregate(value ~ quality + condition, data = told, FUN = mean)",
    "```",
    "",
)


def write_readme(dataset: DataSet, parts: Iterable[tuple[str, str]]) -> str:
    found = dataset.findings
    study, flow = found["study"], found["flow"]
    finished = count_things(flow["finished"], "sitting")
    lines = [
        f"# {_one_line(study['title'])}",
        "",
        f"A listening study made with Earwitness {__version__}, open from {study['opened_on']} to "
        f"{study['closed_on']}. Protocol version {study['protocol_version']}, digest "
        f"`{study['protocol_digest']}`.",
        "",
        "## Files",
        "",
        *(f"- `{name}`: {meaning}" for name, meaning in parts),
        "",
        "## Who is in it",
        "",
        f"{count_things(flow['agreed'], 'person', 'people')} agreed, {finished} came to the end, "
        f"{flow['analysed']:,} are analysed. Pilot sittings and practice trials are not in the "
        "tables; every other answer is, also of those whom the protocol's rules leave out of the "
        "analysis:",
        "",
        *(_tell_rule(rule) for rule in found["exclusions"]),
        "",
        *_tell_withdrawals(flow["withdrawn"]),
        *_tell_unblindings(found["unblindings"]),
        "Participants are random pseudonyms made for this study's exports. Times are cut to the "
        "day. There are no names, addresses, links or tokens; of free text only the length. "
        + tell_protection(dict(dataset.privacy)),
        "",
        *READING,
        "## Methods",
        "",
        *(f"{paragraph}\n" for paragraph in write_methods(dataset.protocol, found)),
        *(f"- {reference}" for reference in list_references(dataset.protocol)),
        "",
        "## Sound",
        "",
        "The clips are excerpts of the recordings named in `items.csv`. Their licences, where "
        "stated, stand there too: check them before you pass the clips on.",
    ]
    return "\n".join(lines) + "\n"


def _tell_rule(rule: Mapping[str, Any]) -> str:
    done = "left out" if rule["action"] == "exclude" else "flagged only"
    return (
        f"- `{rule['rule']}` (version {rule['version']}), {done}: {rule['sentence']} "
        f"{rule['n_broke']:,} of {rule['n_judged']:,} broke it."
    )


def _tell_withdrawals(n: int) -> list[str]:
    if not n:
        return []
    return [f"{count_things(n, 'person', 'people')} agreed and later withdrew their data.", ""]


def _tell_unblindings(unblindings: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = [
        f"Somebody ({row['who']}) looked at the conditions on {row['on']}, when "
        f"{count_things(row['n_finished'], 'sitting')} had finished: {_one_line(row['reason'])}"
        for row in unblindings
    ]
    if not lines:
        return ["Nobody looked at the conditions while the study ran.", ""]
    return ["Not blind to the end:", "", *(f"- {line}" for line in lines), ""]


def _one_line(text: str) -> str:
    return " ".join(text.split())
