// Which seconds of a clip were heard. Pure: stretches are [from, to] pairs in seconds.

/** As on the server: a player may lose a few hundredths at each pause. */
export const TOLERANCE_SECONDS = 0.25;

/** The stretches with [from, to] added: sorted, overlapping and touching ones merged. */
export function addStretch(stretches, from, to) {
  const merged = [];
  for (const [start, end] of [...stretches, [from, to]].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) {
      last[1] = Math.max(last[1], end);
    } else {
      merged.push([start, end]);
    }
  }
  return merged;
}

export function heardSeconds(stretches, duration) {
  return stretches.reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, duration) - Math.max(from, 0)),
    0,
  );
}

/** Seconds still to hear of the `needed` ones; what is within the tolerance counts as heard. */
export function missingSeconds(stretches, duration, needed = duration) {
  const missing = needed - heardSeconds(stretches, duration);
  return missing > TOLERANCE_SECONDS ? missing : 0;
}

/**
 * The heard parts of each second: one list a cell, of [from, to] within the cell, 0 to 1.
 * The last cell may be shorter than a second; its parts still run from 0 to its own length.
 */
export function cellParts(stretches, duration) {
  return Array.from({ length: Math.ceil(duration) }, (_, cell) =>
    stretches
      .map(([from, to]) => [Math.max(from - cell, 0), Math.min(to - cell, 1, duration - cell)])
      .filter(([from, to]) => to > from),
  );
}
