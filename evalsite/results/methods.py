"""The methods paragraphs: what was done, in words fit for a paper, from protocol and data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.wording import count_things, join_words, name_clips
from evalsite.studies.parts.goldmsi import goldmsi_of
from evalsite.studies.protocol import Protocol

REFERENCES = (
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


def write_methods(protocol: Protocol, found: Mapping[str, Any]) -> list[str]:
    """Sentences in order: listeners and clips, sound, statistics."""
    counts = found["counts"]
    trial_type = protocol.make_trial_type()
    labels = [quality.label.lower() for quality in trial_type.qualities]
    clips = join_words([name_clips(name) for name in protocol.conditions])
    tell = ", or said that this could no longer be told" if trial_type.offer_cant_tell else ""
    return [
        f"{count_things(counts['listeners_analysed'], 'listener')} rated "
        f"{count_things(counts['clips_judged'], 'clip')} of "
        f"{count_things(counts['recordings_judged'], 'recording')}: {clips}. Each heard each "
        "recording in one condition only (Latin square over listeners, order at random), to its "
        f"end at least once, and rated {join_words(labels)} on bipolar scales from 1 to "
        f"{trial_type.points}{tell}.",
        "Kept clips hold the components of the recording that spoke most for the model’s "
        "prediction or, where the recipe says so, against it; controls hold randomly chosen "
        "components of equal area or energy. All clips of a recording have the same loudness "
        "(ITU-R BS.1770) to within 0.5 LU.",
        "The difference between conditions is that of their means, with the two-way cluster-robust "
        "variance over listeners and recordings (Cameron et al., 2011), each part from a "
        "delete-one jackknife, and a t interval. Agreement is Krippendorff’s α (2011), ordinal, "
        "over all clips; its interval adds the jackknife variances of listeners and clips (Efron "
        "& Stein, 1981). Shares have Wilson (1927) intervals with the effective number of "
        "judgments. Intervals are 95 % and not adjusted for the number of qualities.",
    ]


def list_references(protocol: Protocol) -> list[str]:
    from evalsite.studies.qualities import READY_MADE

    names = {quality.name for quality in protocol.make_trial_type().qualities}
    references = [*REFERENCES]
    if names & READY_MADE.keys():
        references.insert(0, MID_LEVEL_REFERENCE)
    if goldmsi_of(protocol).items:
        references.append(GOLDMSI_REFERENCE)
    return references
