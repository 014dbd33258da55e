"""The methods paragraphs: what was done, in words fit for a paper, from protocol and data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.wording import count_things, join_words, name_clips
from evalsite.studies.parts.goldmsi import goldmsi_of
from evalsite.studies.protocol import Protocol
from evalsite.studies.qualities import READY_MADE

REFERENCES = (
    "Cameron, A. C., & Miller, D. L. (2015). A practitioner’s guide to cluster-robust inference. "
    "Journal of Human Resources, 50(2), 317–372.",
    "Phipson, B., & Smyth, G. K. (2010). Permutation P-values should never be zero. Statistical "
    "Applications in Genetics and Molecular Biology, 9(1), article 39.",
    "Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway "
    "clustering. Journal of Business & Economic Statistics, 29(2), 238–249.",
    "Efron, B., & Stein, C. (1981). The jackknife estimate of variance. Annals of Statistics, "
    "9(3), 586–596.",
    "Krippendorff, K. (2011). Computing Krippendorff’s alpha-reliability. University of "
    "Pennsylvania.",
    "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. "
    "Journal of the American Statistical Association, 22, 209–212.",
)
GOLDMSI_REFERENCE = (
    "Müllensiefen, D., Gingras, B., Musil, J., & Stewart, L. (2014). The musicality of "
    "non-musicians: an index for assessing musical sophistication in the general population. "
    "PLoS ONE, 9(2), e89642."
)
MID_LEVEL_REFERENCE = (
    "Aljanaki, A., & Soleymani, M. (2018). A data-driven approach to mid-level perceptual musical "
    "feature modeling. ISMIR."
)


BRADLEY_TERRY_REFERENCE = (
    "Bradley, R. A., & Terry, M. E. (1952). Rank analysis of incomplete block designs. Biometrika, "
    "39, 324–345."
)
SOUND = (
    "Kept clips hold the components of the recording that spoke most for the model’s prediction "
    "or, where the recipe says so, against it; controls hold randomly chosen components of equal "
    "area or energy. All clips of a recording have the same loudness (ITU-R BS.1770) to within "
    "0.5 LU."
)
STATISTICS = {
    "ratings": (
        "The difference between conditions is that of their means, with the two-way "
        "cluster-robust variance over listeners and recordings (Cameron et al., 2011), each part "
        "from a delete-one jackknife, and a t interval. Agreement is Krippendorff’s α (2011), "
        "ordinal, over all clips; its interval adds the jackknife variances of listeners and clips "
        "(Efron & Stein, 1981). Shares have Wilson (1927) intervals with the effective number of "
        "judgments. Intervals are 95 % and not adjusted for the number of qualities."
    ),
    "choices": (
        "Shares of right answers are compared with what guessing gives; their variance is the "
        "two-way cluster-robust one over listeners and clips (Cameron et al., 2011), with a t "
        "interval of 95 % and a one-sided p value."
    ),
    "pairs": (
        "Preferences are put on a scale by the model of Bradley and Terry (1952), with an effect "
        "of position and of ties where they could be called; standard errors let the answers of a "
        "listener go together."
    ),
}


ROBUST = (
    "Listeners were left out by rules that were fixed before the study opened; results are shown "
    "with and without them. Drift over a sitting and carry-over from the trial before are "
    "slopes within listeners and clips, with variances clustered by listener (Cameron & Miller, "
    "2015). Repeats were described over pairs, leaving out one listener at a time. Groups were "
    "compared by the difference of their differences, with a permutation test over listeners "
    "(Phipson & Smyth, 2010). What the protocol does not register is exploratory."
)


def write_methods(protocol: Protocol, found: Mapping[str, Any]) -> list[str]:
    """Sentences in order: listeners and clips of each block, sound, statistics."""
    asked = {block["question"] for block in found["blocks"]}
    statistics = [sentences for name, sentences in STATISTICS.items() if name in asked]
    return [
        *(_tell_block(protocol, block) for block in found["blocks"]),
        SOUND,
        *statistics,
        ROBUST,
    ]


def list_references(protocol: Protocol) -> list[str]:
    trial_types = [block.make_trial_type() for block in protocol.blocks]
    rated = {q.name for one in trial_types for q in getattr(one, "qualities", ())}
    references = [*REFERENCES]
    if any(one.analysed_as == "pairs" for one in trial_types):
        references.insert(0, BRADLEY_TERRY_REFERENCE)
    if rated & READY_MADE.keys():
        references.insert(0, MID_LEVEL_REFERENCE)
    if goldmsi_of(protocol).items:
        references.append(GOLDMSI_REFERENCE)
    return references


def _tell_block(protocol: Protocol, found: Mapping[str, Any]) -> str:
    block, counts = protocol.find_block(found["name"]), found["counts"]
    listeners = count_things(counts["listeners_analysed"], "listener")
    clips = (
        f"{count_things(counts['clips_judged'], 'clip')} of "
        f"{count_things(counts['recordings_judged'], 'recording')}: "
        f"{join_words([name_clips(name) for name in block.conditions])}"
    )
    if found["question"] != "ratings":
        answers = count_things(counts["answers_analysed"], "answer")
        return f"In {block.name} ({block.trial_type}), {listeners} gave {answers} about {clips}."
    trial_type = block.make_trial_type()
    labels = [quality.label.lower() for quality in trial_type.qualities]
    tell = ", or said that this could no longer be told" if trial_type.offer_cant_tell else ""
    square = (
        " Each heard each recording in one condition only (Latin square over listeners)."
        if block.assignment == "latin_square"
        else ""
    )
    return (
        f"{listeners} rated {clips}.{square} They rated {join_words(labels)} on bipolar scales "
        f"from {found['lowest']} to {found['lowest'] + found['points'] - 1}{tell}."
    )
