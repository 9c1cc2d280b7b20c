// The scales of the chart: bars of a round length that begin at round times in UTC, ticks, and a round height.

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60000, 3600000, 86400000];

/** The lengths of a bar, and the distances between two ticks. */
const LENGTHS = [
  ...[1, 2, 5, 10, 15, 30].map((number) => number * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((number) => number * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((number) => number * HOUR),
  ...[1, 2, 7, 14, 28, 91, 364].map((number) => number * DAY),
];

/** Most bars of the chart. */
const BARS = 60;

/** The bars that cover this span until now: their length, their number, and where the first one begins. */
export function bars(span, now) {
  const length = LENGTHS.find((one) => one * BARS >= span) ?? LENGTHS.at(-1) * Math.ceil(span / BARS / LENGTHS.at(-1));
  const number = Math.ceil(span / length);
  const until = (Math.floor(now / length) + 1) * length;
  return { length, number, from: until - number * length, until };
}

/** At most this number of round times between two, with their labels. */
export function ticks(from, until, most) {
  const step = LENGTHS.find((one) => (until - from) / one <= most) ?? LENGTHS.at(-1);
  const all = [];
  for (let at = Math.ceil(from / step) * step; at <= until; at += step) all.push({ at, label: label(at, step) });
  return all;
}

/** The date at midnight, else the time. */
function label(at, step) {
  const text = new Date(at).toISOString();
  if (step >= 28 * DAY) return text.slice(0, 10);
  if (at % DAY === 0) return text.slice(5, 10);
  return step < MINUTE ? text.slice(11, 19) : text.slice(11, 16);
}

/** The smallest of 1, 2, 5, 10, 20, 50 and so on that is at least this number. */
export function roundUp(number) {
  for (let power = 1; ; power *= 10) {
    const found = [1, 2, 5].find((digit) => digit * power >= number);
    if (found) return found * power;
  }
}
