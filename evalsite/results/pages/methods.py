"""The methods paragraphs: what was done, in words fit for a paper, from protocol and data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalsite.results.pages.wording import count_things, join_words, name_clips
from evalsite.studies.parts.goldmsi import goldmsi_of
from evalsite.studies.protocol import Protocol
from evalsite.studies.qualities import EMOTIONS, READY_MADE

REFERENCES = (
    "Cameron, A. C., & Miller, D. L. (2015). A practitioner’s guide to cluster-robust inference. "
    "Journal of Human Resources, 50(2), 317–372.",
    "Phipson, B., & Smyth, G. K. (2010). Permutation P-values should never be zero. Statistical "
    "Applications in Genetics and Molecular Biology, 9(1), article 39.",
    "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian "
    "Journal of Statistics, 6, 65–70.",
)
CROSSED_REFERENCE = (
    "Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway "
    "clustering. Journal of Business & Economic Statistics, 29(2), 238–249."
)
ALPHA_REFERENCE = (
    "Krippendorff, K. (2011). Computing Krippendorff’s alpha-reliability. University of "
    "Pennsylvania."
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
DAVIDSON_REFERENCE = (
    "Davidson, R. R. (1970). On extending the Bradley–Terry model to accommodate ties in paired "
    "comparison experiments. Journal of the American Statistical Association, 65, 317–328."
)
NAMES_REFERENCES = (
    ALPHA_REFERENCE,
    "Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological "
    "Bulletin, 76, 378–382.",
    "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of "
    "high agreement. British Journal of Mathematical and Statistical Psychology, 61, 29–48.",
)
ICC_REFERENCE = (
    "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation "
    "coefficients. Psychological Methods, 1, 30–46."
)
# By what a block's answers are analysed as.
KIND_REFERENCES = {
    "ratings": (
        CROSSED_REFERENCE,
        ALPHA_REFERENCE,
        "Efron, B., & Stein, C. (1981). The jackknife estimate of variance. Annals of Statistics, "
        "9(3), 586–596.",
        "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical "
        "inference. Journal of the American Statistical Association, 22, 209–212.",
        "Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects "
        "models using lme4. Journal of Statistical Software, 67(1), 1–48.",
        NAMES_REFERENCES[2],
        ICC_REFERENCE,
    ),
    "choices": (
        CROSSED_REFERENCE,
        *NAMES_REFERENCES,
        "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits "
        "illustrated in the case of the binomial. Biometrika, 26, 404–413.",
        "Hautus, M. J., Macmillan, N. A., & Creelman, C. D. (2021). Detection theory: A user’s "
        "guide (3rd ed.). Routledge.",
    ),
    "pairs": (BRADLEY_TERRY_REFERENCE, DAVIDSON_REFERENCE, *NAMES_REFERENCES),
    "scores": (
        CROSSED_REFERENCE,
        ICC_REFERENCE,
        "Kendall, M. G., & Babington Smith, B. (1939). The problem of m rankings. Annals of "
        "Mathematical Statistics, 10, 275–287.",
        "ITU-R (2015). Recommendation BS.1534-3: Method for the subjective assessment of "
        "intermediate quality level of audio systems.",
    ),
}
SHARE_REFERENCES = (
    "Grömping, U. (2006). Relative importance for linear regression in R: the package relaimpo. "
    "Journal of Statistical Software, 17(1), 1–27.",
    "Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor "
    "variables in multiple regression. Multivariate Behavioral Research, 35, 1–19.",
)
FORETELLING_REFERENCES = (
    "Doshi-Velez, F., & Kim, B. (2017). Towards a rigorous science of interpretable machine "
    "learning. arXiv:1702.08608.",
    "Hase, P., & Bansal, M. (2020). Evaluating explainable AI: Which algorithmic explanations "
    "help users predict model behavior? ACL, 5540–5552.",
)
FORETELLING = (
    "Where listeners foretell the model, an answer is right if it is the model’s; learning items, "
    "after which the model’s answer was told, do not count (Doshi-Velez & Kim, 2017; Hase & "
    "Bansal, 2020)."
)
SOUND = (
    "Kept clips hold the components of the recording that spoke most for the model’s prediction "
    "or, where the recipe says so, against it; controls hold randomly chosen components of equal "
    "area or energy. All clips of a recording have the same loudness (ITU-R BS.1770) to within "
    "0.5 LU."
)
SPANS = (
    "Overlap is the share of the explanation’s weight in time that lies in what listeners marked, "
    "less what as much marked anywhere would hold; one p value turns the marks round the clip, the "
    "other sets them on the explanations of other clips."
)
STATISTICS = {
    "ratings": (
        "The difference between conditions is that of their means, with the two-way "
        "cluster-robust variance over listeners and recordings (Cameron et al., 2011), each part "
        "from a delete-one jackknife, and a t interval. Agreement is Krippendorff’s α (2011), "
        "ordinal, over all clips; its interval adds the jackknife variances of listeners and clips "
        "(Efron & Stein, 1981), as do those of Gwet’s AC2 (2008), the same-answer share and the "
        "intraclass correlations for absolute agreement (McGraw & Wong, 1996; REML where cells are "
        "missing). Shares have Wilson (1927) intervals with the effective number of judgments. "
        "Linear mixed models have listeners and recordings as crossed random effects (REML; Bates "
        "et al., 2015). Retention is the correlation over recordings of mean ratings of originals "
        "and kept clips minus that of originals and controls. Intervals are 95 % and not adjusted "
        "for the number of qualities."
    ),
    "choices": (
        "Shares of right answers are compared with what guessing gives; their variance is the "
        "two-way cluster-robust one over listeners and recordings (trials, where these have no one "
        "recording; Cameron et al., 2011), with a t interval of 95 % and a one-sided p value. "
        "Intervals of single clips are those of Clopper "
        "and Pearson (1934). For ABX, d′ is that of the differencing strategy, for one clip among "
        "several that of an unbiased choice (Hautus et al., 2021). Agreement in the answers is "
        "Krippendorff’s α (2011), nominal, with Gwet’s AC1 (2008) and Fleiss’ κ (1971) beside it."
    ),
    "spans": SPANS,
    "pairs": (
        "Preferences are put on a scale by the model of Bradley and Terry (1952), with an effect "
        "of position and, where ties could be called, with Davidson’s (1970) parameter for them; "
        "standard errors are robust: they let the answers of a listener go together. Agreement in "
        "what was preferred is Krippendorff’s α (2011), nominal, with Gwet’s AC1 (2008) and "
        "Fleiss’ κ (1971) beside it."
    ),
    "scores": (
        "Scores from 0 to 100 are described by median and quartiles, as ITU-R BS.1534-3 (2015) "
        "has it; the difference of means has the two-way cluster-robust variance over listeners "
        "and recordings (Cameron et al., 2011) and a t interval of 95 %. Agreement is the "
        "intraclass correlation for absolute agreement (McGraw & Wong, 1996), with Kendall’s W "
        "(Kendall & Babington Smith, 1939) beside it."
    ),
}
TRAVELLING = (
    "Which qualities travel together is told by correlations over recordings, of mean ratings and "
    "of the model’s outputs; what goes into an emotion by LMG shares (Grömping, 2006) and "
    "Johnson’s (2000) relative weights, with percentile intervals over draws of recordings."
)
LEVELS = (
    "Levels of factors between listeners are compared by the difference of their means, with the "
    "two-way cluster-robust variance over listeners and recordings (Cameron et al., 2011)."
)


ROBUST = (
    "Listeners were left out by rules that were fixed before the study opened; results are shown "
    "with and without them. Drift over a sitting and carry-over from the trial before are "
    "slopes within listeners and clips, with variances clustered by listener (Cameron & Miller, "
    "2015). Repeats were described over pairs, leaving out one listener at a time. Groups were "
    "compared by the difference of their differences, with a permutation test over listeners "
    "(Phipson & Smyth, 2010), adjusted for the number of measures of a block (Holm, 1979). What "
    "the protocol does not register is exploratory."
)


def write_methods(protocol: Protocol, found: Mapping[str, Any]) -> list[str]:
    """Sentences in order: listeners and clips of each block, sound, statistics."""
    asked = {block["question"] for block in found["blocks"]}
    statistics = [sentences for name, sentences in STATISTICS.items() if name in asked]
    return [
        *(_tell_block(protocol, block) for block in found["blocks"]),
        SOUND,
        *statistics,
        *([TRAVELLING] if _travels(protocol) else []),
        *([FORETELLING] if _foretells(protocol) else []),
        *([LEVELS] if protocol.between else []),
        ROBUST,
    ]


def list_references(protocol: Protocol) -> list[str]:
    trial_types = [block.make_trial_type() for block in protocol.blocks]
    rated = {q.name for one in trial_types for q in getattr(one, "qualities", ())}
    references = [*REFERENCES]
    asked = {one.analysed_as for one in trial_types}
    references += [text for kind in sorted(asked) for text in KIND_REFERENCES.get(kind, ())]
    if _foretells(protocol):
        references += FORETELLING_REFERENCES
    if rated & READY_MADE.keys():
        references.append(MID_LEVEL_REFERENCE)
    if _travels(protocol):
        references += SHARE_REFERENCES
    if goldmsi_of(protocol).items:
        references.append(GOLDMSI_REFERENCE)
    return sorted(set(references))


def _travels(protocol: Protocol) -> bool:
    """Whether several qualities beside emotions are rated together."""
    emotions = {quality.name for quality in EMOTIONS}
    return any(
        len({quality.name for quality in getattr(trial_type, "qualities", ())} - emotions) > 1
        for trial_type in (block.make_trial_type() for block in protocol.blocks)
    )


def _foretells(protocol: Protocol) -> bool:
    return any(block.trial_type == "predict_model" for block in protocol.blocks)


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
        kind = "" if block.name == block.trial_type else f" ({block.trial_type})"
        return f"In {block.name}{kind}, {listeners} gave {answers} about {clips}."
    trial_type = block.make_trial_type()
    labels = [quality.label.lower() for quality in trial_type.qualities]
    tell = ", or said that this could no longer be told" if trial_type.offer_cant_tell else ""
    square = (
        " Each heard each recording in one condition only (Latin square over listeners)."
        if block.assignment == "latin_square"
        else ""
    )
    where = f"In {block.name}, " if len(protocol.blocks) > 1 else ""
    return (
        f"{where}{listeners} rated {clips}.{square} They rated {join_words(labels)} on bipolar "
        f"scales from {found['lowest']} to {found['lowest'] + found['points'] - 1}{tell}."
    )
