// The parts of an opened event: what it says, its message, what the provider sent, and its announcements.

import { announceAgain } from './announce.js';
import { facts, id, lists, pane, section } from './detail_parts.js';
import { element } from './dom.js';
import { counted, duration, wholeMoment } from './format.js';
import { indented } from './json.js';
import { action, answer, provider } from './row.js';
import { exactly } from './search.js';

/** `bytes` is the address of what the provider sent, `open(entry)` opens another event, `only(filter)` lists the entries that match, and `announce()` announces it again. */
export function event(entry, opened, bytes, address, { open, only, announce }) {
  const { event, raw, announcements } = opened;
  return [
    about(entry, opened, only),
    states(opened.states),
    ...(address ? [section('Suppression of the recipient', address.made)] : []),
    timeline(opened, event.id, open),
    element('div', { class: 'beside' },
      pane('Normalized', JSON.stringify(event, null, 2)),
      rawPane(raw, bytes)),
    ...announced(announcements, opened),
    ...(opened.due.length > 0 ? [announceAgain(announce)] : []),
  ];
}

function about(entry, opened, only) {
  const { event } = opened;
  const { data } = event;
  const { bounce, message } = data;
  const find = (name, value) => () => only({ text: exactly(name, value) });
  return facts([
    ['event id', id('the event id', event.id)],
    ['recipient', id('the recipient', data.recipient, find('recipient', data.recipient))],
    ['message id', id('the message id', message?.id, find('message', message?.id))],
    ['provider', [
      lists(provider(data.provider), () => only({ provider: data.provider })),
      data.provider_type ? element('span', { class: 'aside' }, ` (type ${data.provider_type})`) : '',
    ]],
    ['action', action(data.action)],
    ['subject', message?.subject],
    ['bounce', [bounce?.class, bounce?.reason].filter(Boolean).join(', ').replaceAll('_', ' ')],
    ['diagnostic', bounce?.diagnostic ? element('code', {}, bounce.diagnostic) : null],
    ['happened', wholeMoment(event.time)],
    ['recorded', wholeMoment(opened.received_at)],
    ['this delivery', entry.status ? [...answer(entry), element('span', { class: 'aside' }, ` in ${duration(entry.took_us)}`)] : null],
  ]);
}

function states(all) {
  return section('Current state', element('ul', { class: 'states' }, ...all.map((state) => element('li', {},
    element('b', {}, state.state), ' ', action(state.action), element('span', { class: 'aside' },
      ` ${state.recipient ?? 'no recipient'}, since ${wholeMoment(state.since)}, from ${counted(state.events, 'event')}`)))));
}

function timeline({ timeline, timeline_left_out: leftOut, timeline_unreadable: unreadable }, id, open) {
  const items = timeline.map((entry) => element('li', { 'aria-current': entry.id === id ? 'true' : null },
    element('time', { datetime: entry.time }, wholeMoment(entry.time)),
    element('button', { type: 'button', class: 'link', onclick: () => open(entry) }, entry.type),
    element('span', { class: 'aside' }, entry.detail ?? '')));
  const before = leftOut > 0 ? element('p', { class: 'aside' }, `${counted(leftOut, 'earlier event')} not shown`) : null;
  const damaged = unreadable > 0 ? element('p', { class: 'bad' }, `${counted(unreadable, 'item')} cannot be read`) : null;
  return section('Timeline', before, element('ol', { class: 'timeline' }, ...items), damaged);
}

function rawPane(raw, bytes) {
  const pretty = raw.cut ? null : indented(raw.text);
  const remarks = [counted(raw.bytes, 'byte')];
  if (raw.cut) remarks.push('only the beginning is shown');
  else if (pretty === null) remarks.push('not JSON: shown unchanged');
  if (!raw.is_utf8) remarks.push('not UTF-8');
  const exact = element('a', { href: bytes, download: 'payload' }, 'exact bytes');
  return pane('As received', pretty ?? raw.text, [`${remarks.join(', ')}, `, exact]);
}

function announced(announcements, { due, waiting }) {
  if (announcements === null) {
    const said = due.length === 0 ? 'No topic takes this event.'
      : waiting ? `Waiting to be announced on ${due.join(', ')}.` : `Announced on ${due.join(', ')}.`;
    return [section('Announcement', element('p', { class: 'aside' }, said))];
  }
  if (announcements.length === 0) {
    const said = due.length === 0
      ? 'No topic takes this event. To announce every event, run `mailhooks dev --announce-all`.'
      : waiting ? `Waiting to be announced on ${due.join(', ')}.` : `Announced on ${due.join(', ')}. This stack no longer has the message.`;
    return [section('Announcement', element('p', { class: 'aside' }, said))];
  }
  return announcements.map((one) => section(`Announcement on ${one.topic}`,
    facts([
      ['topic', element('code', {}, one.topic_arn)],
      ['SNS message id', id('the SNS message id', one.message_id)],
      ['published', wholeMoment(one.published_at)],
      ...Object.entries(one.attributes).map(([name, value]) => [`attribute ${name}`, value]),
    ]),
    pane(`Message on ${one.topic}`, typeof one.message === 'string' ? one.message : JSON.stringify(one.message, null, 2))));
}
