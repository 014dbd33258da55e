"""Answers kept on disk: maskings and what the model said of them, so that nothing is asked twice.

A killed run goes on where it was, and another ridge, kernel or selection is explained from what is
there. What was asked together is kept together: the answers of a batch depend on its company in
the last digits, and a run that goes on must end in the same bytes as one that was never stopped.

A file holds a magic line, the key of its questions, and records: length and CRC-32 of the payload
(little-endian uint32), then the payload, n_masks and n_outputs (uint32), masks eight to a byte,
outputs float64. A record is appended by one write; one that was cut short is cut off.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np

from explain_engine import __version__
from explain_engine.components import Components
from explain_engine.digests import digest_data
from explain_engine.errors import EngineError
from explain_engine.perturbation import Perturbation

logger = logging.getLogger(__name__)

MAGIC = b"earwitness-answers-1\n"
KEY_BYTES = 32
FRAME, SIZES = struct.Struct("<II"), struct.Struct("<II")


class Answers:
    """The answers to one set of questions; a context that holds the file.

    Parameters
    ----------
    folder : path
        Made if missing. Its files are named by their key, so one folder serves any number of
        recipes, models and recordings.
    key : str
        From :func:`identify_questions`, 64 hexadecimal digits.
    n_components : int
        Length of a mask.

    Raises
    ------
    EngineError
        If the folder cannot be used.
    """

    def __init__(self, folder: str | os.PathLike[str], key: str, n_components: int) -> None:
        self.path = Path(folder) / f"{key}.answers"
        self._key, self._n_components = bytes.fromhex(key), n_components
        self._known: dict[bytes, np.ndarray] = {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise EngineError(
                f"The folder for answers must be writable, {self.path.parent.name!r} is not: "
                f"{error.strerror}."
            ) from error
        self._is_writer = self._lock()
        self._read()

    def __enter__(self) -> Answers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def __len__(self) -> int:
        """Return the number of batches known."""
        return len(self._known)

    def find(self, masks: np.ndarray) -> np.ndarray | None:
        """Return what the model said of exactly this batch, shape=(n_masks, n_outputs), if known.

        Parameters
        ----------
        masks : np.ndarray, shape=(n_masks, n_components), bool
            The batch, in the order in which it is asked.
        """
        return self._known.get(_pack(masks))

    def add(self, masks: np.ndarray, outputs: np.ndarray) -> None:
        """Keep what the model said of a batch.

        Parameters
        ----------
        masks : np.ndarray, shape=(n_masks, n_components), bool
            The batch.
        outputs : np.ndarray, shape=(n_masks, n_outputs), float64
            Every output of the model.
        """
        packed = _pack(masks)
        self._known[packed] = outputs
        if not self._is_writer:
            return
        payload = SIZES.pack(*outputs.shape) + packed + outputs.astype("<f8").tobytes()
        record = FRAME.pack(len(payload), zlib.crc32(payload)) + payload
        try:
            if os.write(self._file, record) != len(record):
                raise OSError(None, "no space left")
        except OSError as error:
            logger.warning("answers are no longer kept: %s", error.strerror)
            self._is_writer = False

    def _lock(self) -> bool:
        """Whether this process may write: of two that ask the same, one does."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _read(self) -> None:
        with os.fdopen(os.dup(self._file), "rb") as file:
            data = file.read()
        head = MAGIC + self._key
        is_ours = data.startswith(head)
        end = self._read_records(data, len(head)) if is_ours else 0
        if data and end < len(data):
            logger.warning("%s: %d bytes unreadable, asked again", self.path, len(data) - end)
        if not self._is_writer:
            return
        os.ftruncate(self._file, end)
        os.lseek(self._file, end, os.SEEK_SET)
        if not is_ours:
            os.write(self._file, head)

    def _read_records(self, data: bytes, start: int) -> int:
        """Take in all whole records; return where the last one ends."""
        while start + FRAME.size <= len(data):
            length, crc = FRAME.unpack_from(data, start)
            payload = data[start + FRAME.size : start + FRAME.size + length]
            is_whole = SIZES.size <= length == len(payload) and zlib.crc32(payload) == crc
            if not is_whole:
                break
            n_masks, n_outputs = SIZES.unpack_from(payload)
            n_packed = n_masks * -(-self._n_components // 8)
            if length != SIZES.size + n_packed + 8 * n_masks * n_outputs:
                break
            packed = payload[SIZES.size : SIZES.size + n_packed]
            outputs = np.frombuffer(payload, "<f8", offset=SIZES.size + n_packed)
            self._known[packed] = outputs.astype(float).reshape(n_masks, n_outputs)
            start += FRAME.size + length
        return start


def identify_questions(
    perturbation: Perturbation, components: Components, facts: Mapping[str, object]
) -> str:
    """Return the digest of all that decides what the model says of a masking.

    Parameters
    ----------
    perturbation : Perturbation
        What a masking gives the model.
    components : Components
        The excerpt's.
    facts : mapping
        JSON-ready: model, digest of its weights, device, dtype, threads, transform.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(digest_data({**facts, "engine": __version__}).encode())
    # Nothing hidden, all hidden, and which part is whose: together they are every masking.
    ends = np.array([[False], [True]]).repeat(components.n, axis=1)
    parts = components.labels
    if parts is None:
        parts = components.mix(np.eye(components.n, dtype=bool))
    for array in (perturbation.apply(ends), parts):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _pack(masks: np.ndarray) -> bytes:
    return np.packbits(masks, axis=1).tobytes()
