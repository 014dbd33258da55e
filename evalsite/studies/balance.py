"""Are the outputs to foretell balanced? What `predict_model` needs before a study opens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from evalsite.studies.blocks import Block
from evalsite.studies.models import Item, Study
from evalsite.studies.protocol import Protocol

# Who always gives one answer may be right this much more often than by chance.
TOLERANCE = 0.1


def list_imbalances(study: Study, protocol: Protocol) -> list[str]:
    """A sentence for each thing that makes foretelling easier, or harder to learn, than it looks.

    Recordings have no ground truth here, so it is the model's outputs that are balanced, high and
    low, up and down, and not its being right or wrong.
    """
    found = []
    for block in protocol.blocks:
        if block.trial_type == "predict_model":
            items = study.items.filter(block=block.name)
            test = Counter(item.key["sought"] for item in items.filter(kind=Item.Kind.MAIN))
            learned = Counter(item.key["sought"] for item in items.filter(kind=Item.Kind.TRAINING))
            found += _describe(block, test, learned)
    return found


def _describe(block: Block, test: Mapping[str, int], learned: Mapping[str, int]) -> list[str]:
    where = f"In block “{block.name}”"
    sentences = []
    n, (answer, most) = sum(test.values()), max(test.items(), key=lambda entry: entry[1])
    n_answers = _count_answers(block, test)
    if most / n > 1 / n_answers + TOLERANCE:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(test.items()))
        sentences.append(
            f"{where} the model’s outputs are not balanced ({counts}): who always says {answer} "
            f"is right in {most / n:.0%}. Add recordings of the other kind."
        )
    if not learned:
        sentences.append(
            f"{where} nobody learns what the model says: it has no training items. That is a "
            "baseline; to learn, set training."
        )
    unlearned = sorted(set(test) - set(learned))
    if learned and unlearned:
        sentences.append(
            f"{where} no learning item shows {', '.join(unlearned)}. Raise training or add "
            "recordings."
        )
    if not block.feedback:
        sentences.append(
            f"{where} listeners are not told what the model says while they learn. Turn feedback "
            "on."
        )
    return sentences


def _count_answers(block: Block, test: Mapping[str, int]) -> int:
    parameters: Mapping[str, object] = block.parameters or {}
    if parameters["mode"] == "counterfactual":
        return 3 if parameters["same_within"] else 2
    offered = parameters["levels" if parameters["ask"] == "level" else "choices"]
    return max(2, len(offered) or len(test))  # type: ignore[arg-type]
