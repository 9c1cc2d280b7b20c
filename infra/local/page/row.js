// Renders one entry as a row.

import { ofProvider } from './colours.js';
import { element } from './dom.js';
import { duration, moment, wholeMoment } from './format.js';

/** The topics in the order of their chips. */
const TOPICS = ['bounces', 'complaints', 'spam', 'actions', 'events', 'ses-notifications', 'ses-events'];

const COLUMNS = ['time', 'provider', 'type', 'recipient', 'action', 'detail', 'answer', 'took', 'topics'];

/** The heads that differ from the name of their column. */
const HEADS = { time: 'time (UTC)', topics: 'announced on' };

/** The row of the heads of the columns. */
export function heads() {
  const cells = COLUMNS.map((name, place) => element('span', { class: name, role: 'columnheader', 'aria-colindex': place + 1 }, HEADS[name] ?? name));
  return element('div', { class: 'heads', role: 'rowgroup' }, element('div', { class: 'head', role: 'row', 'aria-rowindex': 1 }, ...cells));
}

/** The cells of an entry; `topics` are those on which its event was announced. */
export function row(entry, topics) {
  const cells = entry.kind === 'request' ? ofRequest(entry) : ofEvent(entry, topics);
  return COLUMNS.map((name, place) => element('span', { class: `cell ${name}`, role: 'gridcell', 'aria-colindex': place + 1 }, ...[cells[name] ?? ''].flat()));
}

/** Describes an entry in one sentence, for screen readers. */
export function spoken(entry) {
  if (entry.kind === 'request') return `${entry.provider ?? 'request'} ${entry.outcome} ${entry.reason ?? ''}`;
  const place = entry.kind === 'announcement' ? `announced on ${entry.topic}` : entry.outcome;
  return `${entry.provider ?? ''} ${entry.type} ${entry.recipient ?? ''} ${place}`;
}

function shared(entry) {
  return {
    time: element('time', { datetime: entry.at, title: wholeMoment(entry.at) }, moment(entry.at)),
    provider: provider(entry.provider),
    took: duration(entry.took_us),
  };
}

function ofEvent(entry, topics) {
  const announced = entry.kind === 'announcement' ? [entry.topic] : entry.outcome === 'duplicate' ? [] : [...topics].sort((one, other) => TOPICS.indexOf(one) - TOPICS.indexOf(other));
  const chips = announced.map((topic) => element('span', { class: 'chip topic' }, topic));
  if (entry.waiting && chips.length === 0) chips.push(element('span', { class: 'chip waits' }, 'waiting'));
  return {
    ...shared(entry),
    type: element('span', { title: entry.word ?? '' }, entry.type),
    recipient: entry.recipient ? element('span', { title: entry.recipient }, entry.recipient) : '',
    action: action(entry.action),
    detail: element('span', { title: entry.detail ?? '' }, entry.detail ?? entry.message_id ?? ''),
    answer: answer(entry),
    topics: chips,
  };
}

function ofRequest(entry) {
  return {
    ...shared(entry),
    type: element('span', { class: 'reason' }, entry.reason ?? entry.path ?? entry.outcome),
    detail: element('span', { title: entry.advice }, entry.advice),
    answer: answer(entry),
  };
}

export function provider(name) {
  if (!name) return '';
  return [element('i', { class: `dot ${ofProvider(name)}` }), name];
}

export function action(word) {
  if (!word) return '';
  return element('span', { class: `chip action ${word}` }, word);
}

export function answer(entry) {
  const status = entry.status ? element('b', { class: entry.status < 300 ? 'good' : 'bad' }, String(entry.status)) : null;
  const outcome = entry.outcome ? element('span', { class: `outcome ${entry.outcome}` }, entry.outcome.replaceAll('_', ' ')) : null;
  return [status, outcome].filter(Boolean);
}
