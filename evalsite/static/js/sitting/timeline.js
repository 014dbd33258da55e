// Where the sound is at which time. Pure: a run is {startedAt, from, duration, loop}, seconds of
// the context's clock and of the clip; loop is null or [from, to].

export const SHORTEST_LOOP_SECONDS = 0.5;

/** A run that begins at `from`, or at the loop's start where `from` is not inside the loop. */
export function makeRun({ startedAt, from, duration, loop = null }) {
  const isInside = !loop || (from >= loop[0] && from < loop[1]);
  return { startedAt, from: isInside ? from : loop[0], duration, loop };
}

/** The k-th pass through the clip or the loop: when it starts, from where to where; null if none. */
export function findPass(run, k) {
  if (!run.loop) {
    return k === 0 ? { at: run.startedAt, from: run.from, to: run.duration } : null;
  }
  const [from, to] = run.loop;
  if (k === 0) {
    return { at: run.startedAt, from: run.from, to };
  }
  return { at: run.startedAt + (to - run.from) + (k - 1) * (to - from), from, to };
}

export function positionAt(run, time) {
  const played = Math.max(0, time - run.startedAt);
  if (!run.loop) {
    return Math.min(run.from + played, run.duration);
  }
  const [from, to] = run.loop;
  const first = to - run.from;
  return played < first ? run.from + played : from + ((played - first) % (to - from));
}

/** The stretches of the clip that sounded between two times. */
export function stretchesBetween(run, start, end) {
  const stretches = [];
  for (let k = 0; ; k += 1) {
    const pass = findPass(run, k);
    if (!pass || pass.at >= end) {
      return stretches;
    }
    const from = pass.from + Math.max(0, start - pass.at);
    const to = Math.min(pass.to, pass.from + (end - pass.at));
    if (to > from) {
      stretches.push([from, to]);
    }
  }
}

/** When a run without a loop is over. */
export function endOf(run) {
  return run.loop ? Infinity : run.startedAt + run.duration - run.from;
}

/** A loop's ends with one of them moved: it pushes the other where they come too near. */
export function moveEnd(ends, side, seconds, duration) {
  const shortest = Math.min(SHORTEST_LOOP_SECONDS, duration);
  const place = Math.min(Math.max(seconds, 0), duration);
  if (side === 0) {
    const from = Math.min(place, duration - shortest);
    return [from, Math.max(ends[1], from + shortest)];
  }
  const to = Math.max(place, shortest);
  return [Math.min(ends[0], to - shortest), to];
}
