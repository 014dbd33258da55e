"""A sitting's trials: which items, in which order. Pure: counts and a seed in, slots out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evalsite.studies.blocks import Block
from evalsite.studies.design import derive_seed, order_trials, williams_square
from evalsite.studies.protocol import Protocol


@dataclass(frozen=True)
class Candidate:
    """An item as the allocation sees it."""

    pk: int
    block: str
    kind: str
    recording: int | None
    condition: str


@dataclass(frozen=True)
class Slot:
    """A trial to be: an item, and whether it comes for the first or the second time."""

    item: Candidate
    occasion: int = 1


@dataclass
class Draw:
    """What the draw of one sitting knows while block after block is laid out.

    `n_taken` counts the places of each item that others hold, `recordings` are all of the study
    in their order, `heard` says in which condition this sitting hears a recording.
    """

    seed: int
    square_row: int
    order_row: int
    recordings: Sequence[int | None]
    n_taken: Mapping[int, int] = field(default_factory=dict)
    heard: dict[int | None, str] = field(default_factory=dict)

    def shuffle(self, n: int, purpose: str) -> tuple[int, ...]:
        return order_trials(n, derive_seed(self.seed, purpose))


def lay_out_sitting(
    protocol: Protocol, items: Sequence[Candidate], draw: Draw, levels: Mapping[str, str]
) -> list[Slot]:
    """Practice, training, then what counts, block after block."""
    slots: list[Slot] = []
    for block in order_blocks(protocol, draw):
        if block.is_for(levels):
            mine = [item for item in items if item.block == block.name]
            slots += lay_out_block(block, mine, draw)
    return slots


def order_blocks(protocol: Protocol, draw: Draw) -> list[Block]:
    blocks = list(protocol.blocks)
    if protocol.block_order == "fixed":
        return blocks
    if protocol.block_order == "random":
        return [blocks[i] for i in draw.shuffle(len(blocks), "order of blocks")]
    square = williams_square(len(blocks))
    return [blocks[i] for i in square[draw.order_row % len(square)]]


def lay_out_block(block: Block, items: Sequence[Candidate], draw: Draw) -> list[Slot]:
    of_kind: dict[str, list[Candidate]] = defaultdict(list)
    for item in items:
        of_kind[item.kind].append(item)
    start = [Slot(item) for item in of_kind["practice"]]
    training = choose_items(replace(block, assignment="latin_square"), of_kind["training"], draw)
    start += [Slot(item) for item in order_items(block, training, draw, "training")]
    chosen = choose_items(block, of_kind["main"], draw)
    draw.heard.update({item.recording: item.condition for item in chosen})
    slots = [Slot(item) for item in order_items(block, chosen, draw, "trials")]
    if slots:
        slots = add_repeats(slots, block, draw)
        slots = add_catches(slots, of_kind["catch"], block, draw)
    return start + slots


def choose_items(block: Block, items: Sequence[Candidate], draw: Draw) -> list[Candidate]:
    if block.assignment == "all":
        return list(items)
    if block.assignment == "sample":
        return sample_items(block, items, draw)
    by_recording = group_by_recording(items)
    n_variants = max((len(variants) for variants in by_recording.values()), default=1)
    chosen = []
    for j, recording in enumerate(draw.recordings):
        if recording in by_recording:
            variants = by_recording[recording]
            chosen.append(variants[(j + draw.square_row) % n_variants % len(variants)])
    return chosen


def sample_items(block: Block, items: Sequence[Candidate], draw: Draw) -> list[Candidate]:
    """The least filled items of the recordings that need most, one a recording.

    Equals are told apart by how often this sitting has the condition, then by its seed, which
    also ties the sittings together into one connected design.
    """
    k, n = block.ratings_per_item or 0, block.items_per_sitting or 0
    place = {items[i].pk: p for p, i in enumerate(draw.shuffle(len(items), block.name))}
    open_items = [
        item
        for item in items
        if draw.n_taken.get(item.pk, 0) < k
        and draw.heard.get(item.recording, item.condition) == item.condition
    ]
    by_recording = group_by_recording(open_items)
    needs = {
        recording: sum(k - draw.n_taken.get(item.pk, 0) for item in variants)
        for recording, variants in by_recording.items()
    }
    order = sorted(
        by_recording,
        key=lambda recording: (
            -needs[recording],
            min(place[item.pk] for item in by_recording[recording]),
        ),
    )
    chosen: list[Candidate] = []
    n_of_condition: Counter[str] = Counter()
    waiting = {recording: by_recording[recording] for recording in order[:n]}
    while waiting:
        # Who has the fewest least-filled variants chooses first: others can give way.
        item = min(
            (item for variants in waiting.values() for item in find_least(variants, draw)),
            key=lambda item: (
                len(find_least(waiting[item.recording], draw)),
                n_of_condition[item.condition],
                place[item.pk],
            ),
        )
        del waiting[item.recording]
        n_of_condition[item.condition] += 1
        chosen.append(item)
    return chosen


def find_least(variants: Sequence[Candidate], draw: Draw) -> list[Candidate]:
    fewest = min(draw.n_taken.get(item.pk, 0) for item in variants)
    return [item for item in variants if draw.n_taken.get(item.pk, 0) == fewest]


def order_items(
    block: Block, items: Sequence[Candidate], draw: Draw, purpose: str
) -> list[Candidate]:
    if block.order == "fixed":
        return list(items)
    shuffled = [items[i] for i in draw.shuffle(len(items), f"{purpose} of {block.name}")]
    if block.order == "random":
        return shuffled
    return order_by_williams(shuffled, block, draw.order_row)


def order_by_williams(items: Sequence[Candidate], block: Block, row: int) -> list[Candidate]:
    """Conditions follow the row of the square, over and over, as long as there are items."""
    square = williams_square(len(block.conditions))
    wanted = [block.conditions[i] for i in square[row % len(square)]]
    waiting = list(items)
    ordered: list[Candidate] = []
    while waiting:
        condition = wanted[len(ordered) % len(wanted)]
        found = next((item for item in waiting if item.condition == condition), waiting[0])
        waiting.remove(found)
        ordered.append(found)
    return ordered


def add_repeats(slots: Sequence[Slot], block: Block, draw: Draw) -> list[Slot]:
    """Second occasions of some items, each with another trial between it and the first."""
    laid = list(slots)
    order = draw.shuffle(max(len(slots) - 1, 0), f"repeats of {block.name}")
    for n, i in enumerate(order[: block.repeats]):
        first = laid.index(slots[i])
        places = len(laid) - first - 1
        k = derive_seed(draw.seed, f"place of repeat {n} of {block.name}") % places
        laid.insert(first + 2 + k, Slot(slots[i].item, occasion=2))
    return laid


def add_catches(
    slots: Sequence[Slot], catches: Sequence[Candidate], block: Block, draw: Draw
) -> list[Slot]:
    """Catch trials at seeded places, never first, next to each other only if they must."""
    laid = list(slots)
    if not catches:
        return laid
    gaps = draw.shuffle(len(laid), f"catches of {block.name}")
    places = sorted((1 + gaps[n % len(gaps)] for n in range(block.catch)), reverse=True)
    for n, place in enumerate(places):
        item = catches[n % len(catches)]
        laid.insert(place, Slot(item, occasion=1 + n // len(catches)))
    return laid


def group_by_recording(items: Sequence[Candidate]) -> dict[int | None, list[Candidate]]:
    groups: dict[int | None, list[Candidate]] = defaultdict(list)
    for item in items:
        groups[item.recording].append(item)
    return groups
