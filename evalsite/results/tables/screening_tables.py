"""What the rules of exclusion read: sittings, trials, repeats and scores of a study."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evalsite.analysis.screening import Tables
from evalsite.results.tables.checked import checks_frame
from evalsite.results.tables.pseudonyms import hide_pseudonym, make_rater_key
from evalsite.studies.models import Item, Signal, Study
from evalsite.studies.protocol import Protocol
from evalsite.studies.trial_types.multi_stimulus import MUSHRA

REFERENCE, MID_ANCHOR, MID_ANCHOR_HZ = "hidden reference", "mid-range anchor", 7000
CATCH = str(Item.Kind.CATCH)


def make_tables(study: Study, protocol: Protocol, frame: pd.DataFrame) -> Tables:
    return Tables(
        sittings=describe_sittings(study),
        trials=describe_trials(protocol, frame, read_durations(study)),
        repeats=compare_repeats(protocol, frame),
        scores=collect_scores(protocol, frame),
        reference=REFERENCE,
        mid_anchor=MID_ANCHOR,
    )


def describe_sittings(study: Study) -> pd.DataFrame:
    """One row a participant who agreed, pilots out."""
    key = make_rater_key(study)
    sittings = study.sittings.filter(is_pilot=False, agreed_at__isnull=False)
    rows = [
        (hide_pseudonym(key, pseudonym), state == "finished")
        for pseudonym, state in sittings.values_list("participant__pseudonym", "state")
    ]
    frame = pd.DataFrame.from_records(rows, columns=["listener", "is_finished"])
    checks = checks_frame(study)
    failed = (checks["outcome"] == "failed").groupby(checks["participant"]).sum()
    return frame.assign(n_checks_failed=frame["listener"].map(failed).astype("float64"))


def read_durations(study: Study) -> tuple[Mapping[int, float], Mapping[str, float]]:
    """Seconds of all sounds of each item, by its number; seconds of each sound, by its sha256."""
    items: dict[int, float] = {}
    sounds: dict[str, float] = {}
    rows = Signal.objects.filter(item__study=study).values_list("item__number", "blob", "duration")
    for number, blob, duration in rows:
        items[number] = items.get(number, 0.0) + duration
        sounds[blob] = duration
    return items, sounds


def describe_trials(
    protocol: Protocol,
    frame: pd.DataFrame,
    durations: tuple[Mapping[int, float], Mapping[str, float]],
) -> pd.DataFrame:
    """One row an answered trial, in the order of the frame: participant, position."""
    owner, position = frame["participant"], frame["position"]
    is_first = ((owner != owner.shift()) | (position != position.shift())).to_numpy(dtype=bool)
    starts = np.flatnonzero(is_first)
    first = frame.iloc[starts]
    is_catch = (first["kind"] == CATCH).to_numpy(dtype=bool)
    passed = first["catch_passed"].to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "listener": first["participant"].to_numpy(),
            "seconds": first["elapsed_ms"].to_numpy(dtype=np.float64) / 1000,
            "heard": _measure_heard(frame, starts, durations),
            "answer": _encode_answers(protocol, frame, starts),
            "is_catch": is_catch,
            "is_correct": [value is True for value in passed],
        }
    )


def _measure_heard(
    frame: pd.DataFrame,
    starts: np.ndarray,
    durations: tuple[Mapping[int, float], Mapping[str, float]],
) -> np.ndarray:
    """Least share of what any judgment of the trial is about that was heard."""
    items, sounds = durations
    seconds = frame["clip"].map(sounds).fillna(frame["item"].map(items)).to_numpy(dtype=np.float64)
    share = frame["heard_s"].to_numpy(dtype=np.float64, na_value=np.nan) / seconds
    return np.minimum.reduceat(np.minimum(share, 1.0), starts) if len(starts) else share


def _encode_answers(protocol: Protocol, frame: pd.DataFrame, starts: np.ndarray) -> np.ndarray:
    """A number for each answer: equal where block and all that was given are equal.

    NaN for trial types where equal answers in a row mean nothing.
    """
    given = _pick_columns(protocol, frame, "given_column").to_numpy(dtype=object)
    codes = pd.factorize(given)[0]
    sizes = np.diff([*starts, len(frame)])
    within = np.arange(len(frame)) - np.repeat(starts, sizes)
    table = np.full((len(starts), 1 + max(sizes, default=0)), -1)
    table[:, 0] = pd.factorize(frame["block"].to_numpy()[starts])[0]
    table[np.repeat(np.arange(len(starts)), sizes), within + 1] = codes
    encoded = np.unique(table, axis=0, return_inverse=True)[1].reshape(-1).astype(np.float64)
    is_told = _names_column(protocol, frame, "given_column")[starts]
    return np.where(is_told, encoded, np.nan)


def _pick_columns(protocol: Protocol, frame: pd.DataFrame, which: str) -> pd.Series:
    """Of each row the column that its trial type names, as text."""
    picked = pd.Series("", index=frame.index, dtype=object)
    for name, column in _list_columns(protocol, which).items():
        is_own = frame["trial_type"] == name
        picked[is_own] = frame.loc[is_own, column].astype(str)
    return picked


def _names_column(protocol: Protocol, frame: pd.DataFrame, which: str) -> np.ndarray:
    return frame["trial_type"].isin(list(_list_columns(protocol, which))).to_numpy()


def _list_columns(protocol: Protocol, which: str) -> dict[str, str]:
    named = {block.trial_type: getattr(block.make_trial_type(), which) for block in protocol.blocks}
    return {name: column for name, column in named.items() if column}


def compare_repeats(protocol: Protocol, frame: pd.DataFrame) -> pd.DataFrame:
    """One row a judgment given twice: `first`, `second`, `difference` as a share of the scale."""
    is_main = frame["kind"] != CATCH
    repeated = frame.loc[is_main & (frame["occasion"] > 1), ["participant", "item"]]
    keys = pd.MultiIndex.from_frame(repeated.drop_duplicates())
    mine = pd.MultiIndex.from_frame(frame[["participant", "item"]]).isin(keys)
    rows = frame[mine & is_main.to_numpy()]
    found = [pd.DataFrame(columns=["listener", "block", "what", "first", "second", "difference"])]
    for block in protocol.blocks:
        trial_type = block.make_trial_type()
        if trial_type.repeat_column:
            own = rows[rows["block"] == block.name]
            found.append(
                _compare_block(own, block.name, trial_type.repeat_column, trial_type.scale_width)
            )
    parts = [part for part in found if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else found[0]


def _compare_block(rows: pd.DataFrame, block: str, column: str, scale_width: float) -> pd.DataFrame:
    what = next((rows[name] for name in ("quality", "prompt") if name in rows), None)
    told = pd.DataFrame(
        {
            "listener": rows["participant"],
            "item": rows["item"],
            "what": "" if what is None else what.fillna(""),
            "condition": rows["condition"] if (rows["signal"] != "").any() else "",
            "occasion": rows["occasion"],
            "value": rows[column],
        }
    )
    keys = (
        ["listener", "item", "what", "condition"] if scale_width else ["listener", "item", "what"]
    )
    first, second = (told[told["occasion"] == n].drop(columns="occasion") for n in (1, 2))
    both = first.merge(second, on=keys, suffixes=("_first", "_second"))
    values = [both["value_first"], both["value_second"]]
    if scale_width:
        numbers = [value.to_numpy(dtype=np.float64, na_value=np.nan) for value in values]
        difference = np.abs(numbers[0] - numbers[1]) / scale_width
    else:
        difference = (values[0].astype(str) != values[1].astype(str)).to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "listener": both["listener"],
            "block": block,
            "what": both["what"],
            "first": values[0],
            "second": values[1],
            "difference": difference,
        }
    )


def collect_scores(protocol: Protocol, frame: pd.DataFrame) -> pd.DataFrame:
    """First scores of blocks that follow ITU-R BS.1534-3."""
    names = [
        block.name
        for block in protocol.blocks
        if getattr(block.make_trial_type(), "method", "") == MUSHRA
    ]
    if not names:
        return pd.DataFrame(columns=["listener", "item", "condition", "score"])
    is_own = frame["block"].isin(names) & (frame["kind"] != CATCH) & (frame["occasion"] == 1)
    own = frame[is_own]
    condition = own["condition"].astype(object)
    condition = condition.mask(own["is_hidden_reference"].astype(bool), REFERENCE)
    return pd.DataFrame(
        {
            "listener": own["participant"],
            "item": own["item"],
            "condition": condition.mask(
                (own["anchor_hz"] == MID_ANCHOR_HZ).fillna(False), MID_ANCHOR
            ),
            "score": own["value"].astype("float64"),
        }
    )
