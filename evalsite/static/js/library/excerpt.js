/**
 * Where an excerpt may lie: pure arithmetic on {start, length}, seconds to two decimals.
 * `limits`: {duration, min, max} of the recording and of the excerpt.
 */
const round = (value) => Math.round(value * 100) / 100;
// Never past the end: rounding up by half a hundredth would be.
const roundDown = (value) => Math.floor(value * 100 + 1e-6) / 100;
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/** The nearest excerpt that is allowed. */
export function fit({ start, length }, { duration, min, max }) {
  const longest = Math.min(max, roundDown(duration));
  const fitted = clamp(round(length), min, longest);
  return { start: clamp(round(start), 0, roundDown(duration - fitted)), length: fitted };
}

export function move(excerpt, seconds, limits) {
  return fit({ ...excerpt, start: excerpt.start + seconds }, limits);
}

/** Pull one end to a second, the other stays. */
export function pull(excerpt, edge, second, limits) {
  const end = excerpt.start + excerpt.length;
  const at = clamp(second, 0, limits.duration);
  if (edge === "end") return fit({ start: excerpt.start, length: at - excerpt.start }, limits);
  const length = clamp(end - at, limits.min, Math.min(limits.max, end));
  return fit({ start: end - length, length }, limits);
}

/** What a pointer at a second takes hold of: an edge, the window, or nothing. */
export function grip(excerpt, second, tolerance) {
  const end = excerpt.start + excerpt.length;
  // A narrow window keeps a middle to drag it by.
  const reach = Math.min(tolerance, excerpt.length / 4);
  if (Math.abs(second - excerpt.start) <= reach) return "start";
  if (Math.abs(second - end) <= reach) return "end";
  return second > excerpt.start && second < end ? "window" : "outside";
}
