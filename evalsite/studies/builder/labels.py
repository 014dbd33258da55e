"""What the fields of a study's pages are called, by their place in the protocol."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    label: str
    help: str = ""
    is_long: bool = False


LABELS = {
    "title": Label("Title", "For you and your colleagues; listeners never see it."),
    "language": Label("Language", "Of the pages’ own words; texts written here stay as they are."),
    "welcome.heading": Label("Heading of the first page"),
    "welcome.text": Label("Text of the first page", is_long=True),
    "consent.version": Label("Version of the consent", "Kept with every sitting that agreed."),
    "consent.text": Label("Consent", is_long=True),
    "instructions": Label("Instructions", is_long=True),
    "debrief": Label(
        "Debrief",
        "What the study was about, told after the end. Empty: no such page.",
        is_long=True,
    ),
    "thanks": Label("Thanks", is_long=True),
    "about": Label(
        "Questions about the person",
        "YAML: each question has a name, a label and choices with value and label. [] asks none.",
    ),
    "groups": Label(
        "Groups of listeners",
        "YAML: who answered the question with one of the values is inside, others are outside. "
        "Empty: no groups.",
    ),
    "block_order": Label("Order of the blocks"),
    "between": Label(
        "Factors between listeners",
        "YAML: factors with their levels, such as help: [with, without]. A block is then for the "
        "levels that it names.",
    ),
    "reservation_minutes": Label(
        "Minutes a place is held",
        "After a listener was last active; then others get the place.",
    ),
    "seed": Label("Seed", "Decides everything that is drawn at random."),
    "exclusions": Label(
        "Exclusion rules",
        "YAML: a list of rules, each with its action (exclude or flag) and its limits. Frozen with "
        "the protocol.",
    ),
    "goldmsi": Label(
        "Gold-MSI",
        "YAML: when (before or after), labels and items with number and text, in your wording. "
        "Empty: not asked.",
    ),
    "registered": Label(
        "Registered questions",
        "YAML: a list with block, quality and expected, what should come out in words. []: all "
        "results are exploratory.",
    ),
    "withdrawal": Label(
        "What withdrawing does", "To a listener’s answers; the consent must say the same."
    ),
}
BLOCK_LABELS = {
    "name": Label("Name", "Small letters, digits and _; goes into the tables."),
    "trial_type": Label("Trial type"),
    "question": Label("Question"),
    "intro": Label("Instruction beside each trial", is_long=True),
    "instructions": Label("A page before the block", "Empty: no such page.", is_long=True),
    "conditions": Label("Conditions", "What is done to the recordings."),
    "assignment": Label(
        "Who hears what",
        "latin_square: each recording once, in one condition. sample: so many items a listener, "
        "until each has its ratings. all: every item.",
    ),
    "items_per_sitting": Label("Items a listener", "With sample only."),
    "ratings_per_item": Label("Ratings an item", "With sample only."),
    "order": Label("Order of the trials"),
    "repeats": Label("Repeats", "Items that come a second time, for reliability."),
    "catch": Label("Catch trials", "With an answer that everybody knows who listens."),
    "practice": Label("Begin with practice"),
    "training": Label("Recordings for training", "Their items come first and do not count."),
    "feedback": Label("Tell how it went, in practice and training"),
    "min_heard": Label("Must be heard", "once: each sound to its end. Or seconds of each."),
    "ask_familiarity": Label("Ask whether they knew the piece"),
    "break_after": Label("A page to rest on after the block"),
}


def find_label(place: str) -> Label:
    """The label of a place; one that has none is called by its own name."""
    return LABELS.get(place) or make_label(place)


def make_label(name: str) -> Label:
    words = name.rsplit(".", 1)[-1].replace("_", " ").removeprefix("n ").replace("cant ", "can’t ")
    return Label(words[:1].upper() + words[1:])
