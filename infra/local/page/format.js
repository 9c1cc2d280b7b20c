// Formats times, durations and numbers.

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DATE = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** Formats a time as briefly as is clear: today as a time, this year with the day, else as a date. */
export function moment(text) {
  const [at, now] = [new Date(text), new Date()];
  if (at.toDateString() === now.toDateString()) return TIME.format(at);
  return (at.getFullYear() === now.getFullYear() ? DAY : DATE).format(at);
}

export function wholeMoment(text) {
  return WHOLE.format(new Date(text));
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
