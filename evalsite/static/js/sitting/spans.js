// Spans on a time line: [[from, to], …] in order, apart from each other. Pure.
//
// `rules`: {seconds, shortest, longest, most}, the clip's length and what a span and their number
// may be; longest is Infinity where any length may be.

/** With a span from one place to another in the gap around the first: {spans, at}, or null. */
export function addSpan(spans, first, second, rules) {
  const place = clamp(first, 0, rules.seconds);
  const gap = findGap(spans, place, rules.seconds);
  if (!gap || gap[1] - gap[0] < rules.shortest || spans.length >= rules.most) {
    return null;
  }
  const other = clamp(second, place - rules.longest, place + rules.longest);
  let [from, to] = [place, other].sort((a, b) => a - b).map((one) => clamp(one, ...gap));
  if (to - from < rules.shortest) {
    to = Math.min(gap[1], from + rules.shortest);
    from = Math.max(gap[0], to - rules.shortest);
  }
  const span = [round(from), round(to)];
  const all = [...spans, span].sort((a, b) => a[0] - b[0]);
  return { spans: all, at: all.indexOf(span) };
}

/** With one end (side 0: start, 1: end) of a span moved as far as neighbours and rules let it. */
export function moveEnd(spans, at, side, seconds, rules) {
  const [from, to] = spans[at];
  const low = spans[at - 1]?.[1] ?? 0;
  const high = spans[at + 1]?.[0] ?? rules.seconds;
  const moved =
    side === 0
      ? [clamp(seconds, Math.max(low, to - rules.longest), to - rules.shortest), to]
      : [from, clamp(seconds, from + rules.shortest, Math.min(high, from + rules.longest))];
  return spans.map((span, i) => (i === at ? moved.map(round) : span));
}

export function removeSpan(spans, at) {
  return spans.filter((_, i) => i !== at);
}

/** The end nearest to a place, within `reach` seconds: {at, side}, or null. */
export function findEnd(spans, seconds, reach) {
  const ends = spans.flatMap((span, at) =>
    span.map((end, side) => ({ at, side, distance: Math.abs(end - seconds) })),
  );
  const near = ends.filter(({ distance }) => distance <= reach);
  return near.sort((a, b) => a.distance - b.distance)[0] ?? null;
}

function findGap(spans, place, seconds) {
  if (spans.some(([from, to]) => from < place && place < to)) {
    return null;
  }
  const before = spans.filter(([, to]) => to <= place).map(([, to]) => to);
  const after = spans.filter(([from]) => from >= place).map(([from]) => from);
  return [Math.max(0, ...before), Math.min(seconds, ...after)];
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

function round(seconds) {
  return Math.round(1000 * seconds) / 1000;
}
