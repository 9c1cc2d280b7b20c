// The details of one entry: an event with everything known about it, or a request that was not accepted.

import { AddressState } from './address_state.js';
import * as api from './api.js';
import { button } from './copy.js';
import { element, replace } from './dom.js';
import { event } from './event_parts.js';
import { request } from './request_detail.js';

export class Opened {
  #place;
  #heard;
  #wanted = 0;
  #address = null;
  #link = null;

  /**
   * `heard.closed()` is called after closing, and `heard.opened(entry)` when the user opens another event here. `heard.eventOf(id)`
   * returns the entry of the event with this id, if the page has it, and `heard.only(filter)` lists the entries that match.
   */
  constructor(place, heard) {
    this.#place = place;
    this.#heard = heard;
    place.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen() {
    return !this.#place.hidden;
  }

  /** What a permalink says to open this entry again: the keys of an event, or the time of a request. */
  get link() {
    return this.#link;
  }

  focus() {
    this.#place.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.#wanted += 1;
    this.#place.hidden = true;
    this.#address = null;
    this.#link = null;
    replace(this.#place);
    this.#heard.closed();
  }

  /** Reads the state of the shown recipient again. */
  refresh() {
    this.#address?.read();
  }

  /** Shows this entry, or the event with these keys. Of several calls in quick succession, only the last one is shown. */
  async open(entry) {
    const mine = this.#begin(entry.kind === 'request' ? { request: entry.at } : this.#keysOf(entry));
    const { title, parts, address } = await this.#content(entry).catch((error) => ({ title: 'Not found', parts: [missing(error)] }));
    if (mine === this.#wanted) this.#show(title, parts, address);
  }

  /** Says that the request of a permalink is not there. */
  lack(link) {
    this.#begin(link);
    this.#show('Not found', [element('p', { class: 'advice' },
      `The request of ${link.request} is not listed. Requests that were not accepted are kept only while mailhooks runs, up to a limit.`)]);
  }

  /** Begins to show another entry. Returns the number of this attempt. */
  #begin(link) {
    this.#wanted += 1;
    this.#link = link;
    this.#place.hidden = false;
    this.#place.setAttribute('aria-busy', 'true');
    return this.#wanted;
  }

  #show(title, parts, address = null) {
    this.#address = address;
    replace(this.#place, element('header', {}, element('h2', {}, title), element('div', {},
      this.#link ? button('link to this entry', () => location.href, 'Copy link') : null,
      element('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => this.close() }, '×'))), ...parts);
    this.#place.scrollTop = 0;
    this.#place.setAttribute('aria-busy', 'false');
  }

  /** The keys of an event, or of the event that was announced; null if the page does not know them. */
  #keysOf(entry) {
    const known = entry.kind === 'announcement' ? this.#heard.eventOf(entry.id) : entry;
    return known ? { partition: known.partition, key: known.key } : null;
  }

  async #content(entry) {
    if (entry.kind === 'request') return { title: entry.reason ?? entry.outcome.replaceAll('_', ' '), parts: await request(entry) };
    const keys = this.#keysOf(entry);
    if (!keys) throw new Error('its event is no longer listed; find it with `mailhooks events --id`');
    const opened = await api.event(keys);
    const { id, data } = opened.event;
    const open = (other) => this.#heard.opened(other);
    const address = data.recipient ? new AddressState(data.recipient, (other) => {
      const listed = other === id ? null : this.#heard.eventOf(other);
      return listed ? () => open(listed) : null;
    }) : null;
    await address?.read();
    return { title: data.type, parts: event(entry, opened, api.bytes(keys), address, { open, only: this.#heard.only, announce: () => api.announce(keys) }), address };
  }
}

function missing(error) {
  const text = error.status === 404
    ? 'The table has no such event. It has expired, was deleted, or the link is of another stack or data folder.'
    : `Cannot show this entry: ${error.message}.`;
  return element('p', { class: 'advice' }, text);
}
