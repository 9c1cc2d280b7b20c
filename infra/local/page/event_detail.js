// The details of one entry: an event with everything known about it, or a request that was not accepted.

import { AddressState } from './address_state.js';
import { element, replace } from './dom.js';
import { ask } from './feed.js';
import { coloured, indented } from './json.js';
import { action, answer, provider } from './row.js';
import { counted, duration, moment, wholeMoment } from './format.js';

export class Opened {
  #place;
  #closed;
  #eventOf;
  #wanted = 0;
  #address = null;

  /** `closed()` is called after closing; `eventOf(id)` returns the entry of the event with this id, if listed. */
  constructor(place, closed, eventOf) {
    this.#place = place;
    this.#closed = closed;
    this.#eventOf = eventOf;
    place.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen() {
    return !this.#place.hidden;
  }

  focus() {
    this.#place.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.#wanted += 1;
    this.#place.hidden = true;
    this.#address = null;
    replace(this.#place);
    this.#closed();
  }

  /** Reads the state of the shown recipient again. */
  refresh() {
    this.#address?.read();
  }

  /** Shows this entry. Of several calls in quick succession, only the last one is shown. */
  async open(entry) {
    this.#wanted += 1;
    const mine = this.#wanted;
    this.#place.hidden = false;
    this.#place.setAttribute('aria-busy', 'true');
    const { parts, address } = await this.#content(entry).catch((error) => ({ parts: [missing(error)] }));
    if (mine !== this.#wanted) return;
    this.#address = address;
    const close = element('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => this.close() }, '×');
    replace(this.#place, element('header', {}, element('h2', {}, entry.type ?? entry.reason ?? entry.outcome.replaceAll('_', ' ')), close), ...parts);
    this.#place.scrollTop = 0;
    this.#place.setAttribute('aria-busy', 'false');
  }

  async #content(entry) {
    if (entry.kind === 'request') return { parts: await request(entry) };
    const keys = entry.kind === 'announcement' ? this.#eventOf(entry.id) : entry;
    if (!keys) throw new Error('its event is no longer listed; find it with `mailhooks events --id`');
    const query = new URLSearchParams({ partition: keys.partition, key: keys.key });
    const opened = await ask(`/page/api/event?${query}`);
    const open = (other) => this.open(other).then(() => this.focus());
    const { id, data } = opened.event;
    const address = data.recipient ? new AddressState(data.recipient, (other) => {
      const listed = other === id ? null : this.#eventOf(other);
      return listed ? () => open(listed) : null;
    }) : null;
    await address?.read();
    return { parts: event(entry, opened, query, address, open), address };
  }
}

function missing(error) {
  return element('p', { class: 'advice' }, `Cannot show this entry: ${error.message}.`);
}

function event(entry, opened, query, address, open) {
  const { event, raw, announcements } = opened;
  const { data } = event;
  return [
    facts([
      ['id', element('code', {}, event.id)],
      ['recipient', data.recipient],
      ['action', action(data.action)],
      ['provider', [...provider(data.provider), data.provider_type ? element('span', { class: 'aside' }, ` (type ${data.provider_type})`) : '']],
      ['subject', data.message?.subject],
      ['happened', wholeMoment(event.time)],
      ['recorded', wholeMoment(opened.received_at)],
      ['this delivery', entry.status ? [...answer(entry), element('span', { class: 'aside' }, ` in ${duration(entry.took_us)}`)] : null],
    ]),
    states(opened.states),
    ...(address ? [section('Suppression of the recipient', address.made)] : []),
    timeline(opened, event.id, open),
    element('div', { class: 'beside' },
      pane('Normalized', JSON.stringify(event, null, 2)),
      rawPane(raw, query)),
    ...announced(announcements, opened),
  ];
}

function states(all) {
  return section('Current state', element('ul', { class: 'states' }, ...all.map((state) => element('li', {},
    element('b', {}, state.state), ' ', action(state.action), element('span', { class: 'aside' },
      ` ${state.recipient ?? 'no recipient'}, since ${wholeMoment(state.since)}, from ${counted(state.events, 'event')}`)))));
}

function timeline({ timeline, timeline_left_out: leftOut, timeline_unreadable: unreadable }, id, open) {
  const items = timeline.map((entry) => element('li', { 'aria-current': entry.id === id ? 'true' : null },
    element('time', { datetime: entry.time, title: wholeMoment(entry.time) }, moment(entry.time)),
    element('button', { type: 'button', class: 'link', onclick: () => open(entry) }, entry.type),
    element('span', { class: 'aside' }, entry.detail ?? '')));
  const before = leftOut > 0 ? element('p', { class: 'aside' }, `${counted(leftOut, 'earlier event')} not shown`) : null;
  const damaged = unreadable > 0 ? element('p', { class: 'bad' }, `${counted(unreadable, 'item')} cannot be read`) : null;
  return section('Timeline', before, element('ol', { class: 'timeline' }, ...items), damaged);
}

function rawPane(raw, query) {
  const pretty = raw.cut ? null : indented(raw.text);
  const remarks = [counted(raw.bytes, 'byte')];
  if (raw.cut) remarks.push('only the beginning is shown');
  else if (pretty === null) remarks.push('not JSON: shown unchanged');
  if (!raw.is_utf8) remarks.push('not UTF-8');
  const exact = element('a', { href: `/page/api/raw?${query}`, download: 'payload' }, 'exact bytes');
  return pane('As received', pretty ?? raw.text, [`${remarks.join(', ')}, `, exact]);
}

function announced(announcements, { due, waiting }) {
  if (announcements.length === 0) {
    const said = due.length === 0
      ? 'No topic takes this event. To announce every event on the topic events, run `mailhooks dev --announce-all`.'
      : waiting ? `Waiting to be announced on ${due.join(', ')}.` : `Announced on ${due.join(', ')}. This stack no longer has the message.`;
    return [section('Announcement', element('p', { class: 'aside' }, said))];
  }
  return announcements.map((one) => section(`Announcement on ${one.topic}`,
    facts([
      ['topic', element('code', {}, one.topic_arn)],
      ['message id', element('code', {}, one.message_id)],
      ['published', wholeMoment(one.published_at)],
      ...Object.entries(one.attributes).map(([name, value]) => [`attribute ${name}`, value]),
    ]),
    pane(`Message on ${one.topic}`, typeof one.message === 'string' ? one.message : JSON.stringify(one.message, null, 2))));
}

async function request(entry) {
  const kept = await ask(`/page/api/request?seq=${entry.seq}`).catch(() => null);
  const parts = [
    element('p', { class: 'advice' }, entry.advice),
    facts([
      ['answer', answer(entry)],
      ['reason', entry.reason ? element('code', {}, entry.reason) : null],
      ['provider', entry.provider ? provider(entry.provider) : null],
      ['received', wholeMoment(entry.at)],
      ['took', duration(entry.took_us)],
    ]),
  ];
  if (!kept) return [...parts, element('p', { class: 'aside' }, 'The details of this request are no longer kept. Only the most recent requests have them.')];
  const head = [`${kept.method} ${kept.path}`, ...kept.headers.map(([name, value]) => `${name}: ${value}`)].join('\n');
  const remark = `${counted(kept.bytes, 'byte')}${kept.cut ? ', only the beginning is shown' : ''}`;
  return [...parts, pane('Request', head, '', [head]), pane('Body (unverified)', kept.body, remark)];
}

function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return element('dl', { class: 'facts' }, ...known.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, ...[value].flat())]));
}

function section(title, ...children) {
  return element('section', {}, element('h3', {}, title), ...children);
}

function pane(title, text, remark = '', shown = coloured(text)) {
  const copy = element('button', { type: 'button', class: 'copy', onclick: async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = 'copied';
  } }, 'copy');
  return element('section', { class: 'pane' },
    element('h3', {}, title, element('span', { class: 'aside' }, ...[remark].flat()), copy),
    element('pre', { tabindex: '0', 'aria-label': title }, ...shown));
}
