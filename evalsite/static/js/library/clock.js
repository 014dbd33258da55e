/** Seconds as people read them: 0:07, 12:03.5 (tenths only where there are some). */
export function formatClock(seconds) {
  const tenths = Math.round(seconds * 10);
  const minutes = Math.floor(tenths / 600);
  const rest = tenths % 600;
  const text = `${minutes}:${String(Math.floor(rest / 10)).padStart(2, "0")}`;
  return rest % 10 ? `${text}.${rest % 10}` : text;
}
