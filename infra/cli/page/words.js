// How moments, durations and numbers are written.

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** The time of today, else the day too. */
export function moment(text) {
  const at = new Date(text);
  return at.toDateString() === new Date().toDateString() ? TIME.format(at) : DAY.format(at);
}

export function wholeMoment(text) {
  return WHOLE.format(new Date(text));
}

export function duration(microseconds) {
  if (typeof microseconds !== 'number') return '';
  const milliseconds = microseconds / 1000;
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

export function number(count) {
  return count.toLocaleString('en');
}

export function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}
