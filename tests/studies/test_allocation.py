"""What a sitting hears: proportions, balance, rules about recordings, repeats, catch trials."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsite.studies.allocation import (
    Candidate,
    Draw,
    lay_out_block,
    lay_out_sitting,
)
from evalsite.studies.blocks import Block, read_block
from evalsite.studies.design import derive_seed
from evalsite.studies.protocol import read_protocol

CONDITIONS = ("original", "kept", "control_area")


def make_items(n_recordings, conditions=CONDITIONS, block="main", n_catch=0):
    items = [
        Candidate(100 * j + k, block, "main", j, condition)
        for j in range(n_recordings)
        for k, condition in enumerate(conditions)
    ]
    return items + [Candidate(9000 + k, block, "catch", None, "catch") for k in range(n_catch)]


def make_draw(seed=0, *, square_row=0, order_row=0, n=100, n_taken=None):
    return Draw(seed, square_row, order_row, range(n), n_taken or {})


def make_block(**fields) -> Block:
    return read_block(fields)


def fill(block, items, *, seed=0):
    """Sittings one after the other until no place is left; what each heard."""
    taken: Counter[int] = Counter()
    sittings = []
    for number in range(10_000):
        draw = make_draw(derive_seed(seed, f"p-{number}"), n_taken=taken)
        heard = [slot.item for slot in lay_out_block(block, items, draw)]
        if not heard:
            return sittings, taken
        taken.update(item.pk for item in heard)
        sittings.append(heard)
    raise AssertionError("The places must run out.")


def count_components(sittings):
    """Parts of the graph of listeners and items that nothing connects."""
    parts: list[set[int]] = []
    for heard in sittings:
        joined = {item.pk for item in heard}
        apart = []
        for part in parts:
            if part & joined:
                joined |= part
            else:
                apart.append(part)
        parts = [*apart, joined]
    return len(parts)


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 6), st.integers(0, 99))
def test_sample_fills_each_item_exactly(n_recordings, n_each, k, seed):
    block = make_block(assignment="sample", items_per_sitting=n_each, ratings_per_item=k)
    items = make_items(n_recordings)

    sittings, taken = fill(block, items, seed=seed)

    assert {taken[item.pk] for item in items} == {k}
    for heard in sittings:
        recordings = [item.recording for item in heard]
        assert len(set(recordings)) == len(recordings) <= n_each


def test_sample_fills_sixty_items_with_no_more_listeners_than_needed():
    block = make_block(assignment="sample", items_per_sitting=12, ratings_per_item=5)

    sittings, _ = fill(block, make_items(20))

    assert len(sittings) == 25
    assert {len(heard) for heard in sittings} == {12}
    assert count_components(sittings) == 1


def test_sample_gives_a_listener_the_conditions_evenly():
    block = make_block(assignment="sample", items_per_sitting=12, ratings_per_item=5)

    for heard in fill(block, make_items(20))[0]:
        counts = Counter(item.condition for item in heard)
        assert max(counts.values()) - min(counts.values()) <= 2


def test_sample_keeps_to_the_condition_a_recording_was_heard_in():
    block = make_block(assignment="sample", items_per_sitting=6, ratings_per_item=5)
    draw = make_draw()
    draw.heard.update({0: "kept", 1: "original"})

    heard = {slot.item.recording: slot.item for slot in lay_out_block(block, make_items(6), draw)}

    assert (heard[0].condition, heard[1].condition) == ("kept", "original")


def test_latin_square_gives_each_recording_once_in_each_condition_over_its_rows():
    rows = [lay_out_block(Block(), make_items(4), make_draw(square_row=row)) for row in range(3)]

    for row in rows:
        assert sorted(slot.item.recording for slot in row) == [0, 1, 2, 3]
    heard = Counter((slot.item.recording, slot.item.condition) for row in rows for slot in row)
    assert set(heard.values()) == {1} and len(heard) == 12


def test_two_blocks_of_the_same_recordings_keep_their_conditions():
    protocol = read_protocol({"title": "t", "blocks": [{"name": "first"}, {"name": "second"}]})
    items = [item for name in ("first", "second") for item in make_items(5, block=name)]

    slots = lay_out_sitting(protocol, items, make_draw(square_row=2), {})

    heard = {(slot.item.recording, slot.item.condition) for slot in slots}
    assert (len(slots), len(heard)) == (10, 5)


def test_all_gives_everything():
    slots = lay_out_block(make_block(assignment="all"), make_items(4), make_draw())

    assert len({slot.item.pk for slot in slots}) == 12


def test_levels_between_listeners_decide_which_blocks_come():
    blocks = [
        {"name": "bare", "when": {"help": ["without"]}},
        {"name": "helped", "when": {"help": ["with"]}},
    ]
    between = {"help": ["with", "without"]}
    protocol = read_protocol({"title": "t", "between": between, "blocks": blocks})
    items = [item for name in ("bare", "helped") for item in make_items(3, block=name)]

    heard = {
        level: {
            slot.item.block
            for slot in lay_out_sitting(protocol, items, make_draw(), {"help": level})
        }
        for level in between["help"]
    }

    assert heard == {"with": {"helped"}, "without": {"bare"}}


@given(st.integers(2, 20), st.integers(0, 20), st.integers(0, 5), st.integers(0, 10**6))
def test_repeats_come_once_and_never_next_to_their_first(n, repeats, catch, seed):
    block = make_block(repeats=repeats, catch=catch)

    slots = lay_out_block(block, make_items(n, n_catch=2), make_draw(seed))

    again = [slot for slot in slots if slot.occasion == 2 and slot.item.kind == "main"]
    assert len(again) == min(repeats, n - 1)
    assert len(slots) == n + len(again) + catch
    assert len({(slot.item.pk, slot.occasion) for slot in slots}) == len(slots)
    for before, after in pairwise(slots):
        assert before.item.kind == "catch" or before.item.pk != after.item.pk
    assert slots[0].item.kind == "main" and slots[0].occasion == 1


def test_repeats_are_not_always_of_the_same_place():
    places = set()
    for seed in range(40):
        slots = lay_out_block(make_block(repeats=1), make_items(8), make_draw(seed))
        [place] = [i for i, slot in enumerate(slots) if slot.occasion == 2]
        places.add(place)
    assert len(places) >= 5


@pytest.mark.parametrize("conditions", [("original", "kept"), CONDITIONS])
def test_williams_orders_balance_carry_over_between_conditions(conditions):
    block = make_block(order="williams", conditions=list(conditions))
    n = len(conditions)
    n_orders = n if n % 2 == 0 else 2 * n
    follows: Counter[tuple[str, str]] = Counter()
    for order_row in range(n_orders):
        slots = lay_out_block(block, make_items(n, conditions), make_draw(order_row=order_row))
        follows.update(pairwise(slot.item.condition for slot in slots))

    assert len(follows) == n * (n - 1)
    assert len(set(follows.values())) == 1


@pytest.mark.parametrize("order", ["random", "williams", "fixed"])
def test_order_of_blocks_follows_the_protocol(order):
    names = ["one", "two", "three"]
    blocks = [{"name": name} for name in names]
    protocol = read_protocol({"title": "t", "block_order": order, "blocks": blocks})
    items = [item for name in names for item in make_items(2, block=name)]

    orders = set()
    for row in range(6):
        slots = lay_out_sitting(protocol, items, make_draw(row, order_row=row), {})
        orders.add(tuple(dict.fromkeys(slot.item.block for slot in slots)))

    assert len(orders) == {"fixed": 1, "williams": 6, "random": len(orders)}[order]
    assert order == "fixed" or len(orders) > 2


def test_layout_follows_its_seed():
    block = make_block(repeats=2, catch=2)
    first, again, other = (
        lay_out_block(block, make_items(9, n_catch=1), make_draw(seed)) for seed in (4, 4, 5)
    )

    assert first == again != other
