// Whether one address may be mailed, and everything that was reported about it.

import * as api from './api.js';
import { element, replace } from './dom.js';
import { wholeMoment } from './format.js';
import { provider } from './row.js';

const REASONS = {
  manual: 'suppressed by hand',
  complaint: 'complained',
  unsubscribe: 'unsubscribed',
  bounce: 'bounced permanently',
  listed: 'on the provider\'s list',
  soft_bounces: 'bounced temporarily too often',
};

const KINDS = {
  bounce: 'bounced permanently',
  soft: 'bounced temporarily',
  complaint: 'complained',
  not_spam: 'took the complaint back',
  unsubscribe: 'unsubscribed',
  resubscribe: 'subscribed again',
  listed: 'added to the provider\'s list',
  unlisted: 'removed from the provider\'s list',
  manual: 'suppressed by hand',
  released: 'released by hand',
};

/** The reason of a suppression, for people. */
export function reason(word) {
  return REASONS[word] ?? word.replaceAll('_', ' ');
}

/** The state of an address and its evidence, in the element `made`, which is empty until the first `read()`. */
export class AddressState {
  made = element('div', { class: 'address-state' });
  #address;
  #opener;
  #shown = '';
  #wanted = 0;

  /** `opener(id)` returns a function that opens the event with this id, or null if it cannot be opened. */
  constructor(address, opener) {
    this.#address = address;
    this.#opener = opener;
  }

  /** Reads the state from the server. Of several calls in quick succession, only the last one is shown. */
  async read() {
    this.#wanted += 1;
    const mine = this.#wanted;
    const told = await api.suppression(this.#address).catch((error) => ({ error: error.message }));
    const text = JSON.stringify(told);
    // What has not changed stays in the document, with the focus.
    if (mine !== this.#wanted || text === this.#shown) return;
    this.#shown = text;
    replace(this.made, told === null ? unknown() : told.error ? failed(told.error) : [state(told), evidence(told, this.#opener)]);
  }
}

function unknown() {
  return element('p', { class: 'aside' }, 'The page has no suppression list of this stack.');
}

function failed(problem) {
  return element('p', { class: 'bad' }, `The state of this address cannot be read: ${problem}.`);
}

function state(told) {
  if (told.state !== 'suppressed') return element('p', {}, element('b', { class: 'good' }, 'not suppressed'));
  const parts = [`since ${wholeMoment(told.since)}`];
  if (told.until) parts.push(`until ${wholeMoment(told.until)}`);
  if (told.provider) parts.push(`reported by ${told.provider}`);
  // "suppressed by hand" says already that it is.
  const why = told.reason === 'manual' ? reason(told.reason) : `suppressed: ${reason(told.reason)}`;
  return element('p', {}, element('b', { class: 'bad' }, why), element('span', { class: 'aside' }, ` ${parts.join(', ')}`));
}

function evidence(told, opener) {
  if (told.evidence.length === 0) return element('p', { class: 'aside' }, 'No evidence: no event says whether this address may be mailed.');
  return element('ul', { class: 'evidence', 'aria-label': 'Evidence' }, ...told.evidence.map((piece) => item(piece, piece.event === told.event, opener(piece.event))));
}

/** One piece of evidence. The one that decides is marked as the current one. */
function item(piece, decides, open) {
  const id = element('code', {}, piece.event);
  return element('li', { 'aria-current': decides ? 'true' : null },
    element('time', { datetime: piece.time }, wholeMoment(piece.time)),
    element('div', {},
      element('span', { class: 'kind' }, KINDS[piece.kind] ?? piece.kind.replaceAll('_', ' '), piece.reason ? ` (${piece.reason.replaceAll('_', ' ')})` : ''),
      piece.provider ? element('span', {}, ...provider(piece.provider)) : null,
      open ? element('button', { type: 'button', class: 'link', 'aria-label': `Open the event ${piece.event}`, onclick: open }, id) : id,
      piece.note ? element('span', { class: 'note' }, piece.note) : null));
}
