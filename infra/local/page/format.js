// Formats times, durations and numbers. All times are in UTC, as the tool and its exports print them.

const SECOND = 1000;
const UNITS = [['d', 86400 * SECOND], ['h', 3600 * SECOND], ['min', 60 * SECOND], ['s', SECOND]];

/** Formats a time as the tool prints it: in UTC, to the second. */
export function wholeMoment(text) {
  return `${iso(text).slice(0, 19)}Z`;
}

/** Formats a time briefly, in UTC: today as a time, this year with the day, else as a date. */
export function moment(text) {
  const [at, now] = [iso(text), iso()];
  if (at.slice(0, 10) === now.slice(0, 10)) return at.slice(11, 19);
  return at.slice(0, 4) === now.slice(0, 4) ? `${at.slice(5, 10)} ${at.slice(11, 16)}` : at.slice(0, 10);
}

/** Formats the span between two times, with the day unless both are today. */
export function span(since, until) {
  const [from, to, today] = [iso(since), iso(until), iso().slice(0, 10)];
  const form = (at, day) => `${at.slice(0, 10) === day ? '' : `${at.slice(0, 10)} `}${at.slice(11, 19)}`;
  return `${form(from, today)} to ${form(to, from.slice(0, 10))} UTC`;
}

/** Formats a whole number of seconds, minutes, hours or days, in milliseconds. */
export function length(milliseconds) {
  const [unit, size] = UNITS.find(([, size]) => milliseconds % size === 0) ?? UNITS.at(-1);
  return `${number(milliseconds / size)} ${unit}`;
}

export function duration(microseconds) {
  if (typeof microseconds !== 'number') return '';
  const milliseconds = microseconds / 1000;
  if (milliseconds < 0.1) return '< 0.1 ms';
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

export function number(count) {
  return count.toLocaleString('en');
}

export function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Returns a time in the format of RFC 3339, in UTC. A time that is not given is now. */
function iso(time) {
  return (time === undefined ? new Date() : new Date(time)).toISOString();
}
