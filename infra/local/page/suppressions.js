// The dialog that lists the suppressed addresses.

import { AddressState, reason } from './address_state.js';
import * as api from './api.js';
import { element, replace } from './dom.js';
import { counted, moment, number, wholeMoment } from './format.js';
import { provider } from './row.js';

const COLUMNS = ['address', 'reason', 'since', 'until', 'provider'];

/** The heads that differ from the name of their column. */
const HEADS = { since: 'since (UTC)', until: 'until (UTC)' };

export class Suppressions {
  #dialog;
  #opener;
  #said = element('p', { class: 'aside', role: 'status' });
  #table = element('div', { class: 'scroll' });
  /** The rows by address, so that a row stays open and keeps the focus when the list is read again. */
  #rows = new Map();
  #reading = false;
  #again = false;

  /** `opener(id)` returns a function that opens the event with this id, or null if it cannot be opened. */
  constructor(dialog, button, opener) {
    this.#dialog = dialog;
    this.#opener = (id) => {
      const open = opener(id);
      return open && (() => {
        dialog.close();
        open();
      });
    };
    replace(dialog,
      element('header', {},
        element('h2', { id: 'suppressions-title' }, 'Suppressed addresses'),
        element('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => dialog.close() }, '×')),
      this.#said, this.#table);
    button.addEventListener('click', () => {
      dialog.showModal();
      this.refresh();
    });
  }

  /** Reads the list again if it is open. A call while the list is being read makes it read once more afterwards. */
  async refresh() {
    this.#again = this.#reading;
    if (this.#reading || !this.#dialog.open) return;
    this.#reading = true;
    this.#dialog.setAttribute('aria-busy', 'true');
    await api.suppressions().then((told) => this.#show(told), (error) => {
      this.#said.textContent = `The list cannot be read: ${error.message}.`;
    });
    this.#dialog.setAttribute('aria-busy', 'false');
    this.#reading = false;
    if (this.#again) this.refresh();
  }

  #show({ suppressions, total }) {
    const before = this.#rows;
    this.#rows = new Map(suppressions.map((answer) => [answer.address, before.get(answer.address) ?? new Row(answer.address, this.#opener)]));
    for (const answer of suppressions) this.#rows.get(answer.address).update(answer);
    const focused = document.activeElement;
    replace(this.#table, total > 0 ? table([...this.#rows.values()].map((row) => row.made)) : null);
    // An element that is moved in the document loses the focus.
    if (focused !== document.activeElement && this.#table.contains(focused)) focused.focus({ preventScroll: true });
    said(this.#said, summary(suppressions.length, total));
  }
}

function summary(listed, total) {
  if (total === 0) return 'No address is suppressed.';
  const all = `${counted(total, 'address', 'addresses')} ${total === 1 ? 'is' : 'are'} suppressed`;
  return listed < total ? `${all}. The newest ${number(listed)} are listed.` : `${all}, newest first.`;
}

/** Sets the text of a status only if it changed, because screen readers read it out each time. */
function said(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// The roles are explicit because a narrow window shows the table as blocks, which removes the implied ones.
function table(rows) {
  const heads = COLUMNS.map((name) => element('th', { scope: 'col', role: 'columnheader' }, HEADS[name] ?? name));
  return element('table', { role: 'table', 'aria-labelledby': 'suppressions-title' },
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads)), ...rows);
}

/** The row of one address. Its button shows and hides the evidence. */
class Row {
  #button;
  #cells;
  #below;
  #state;

  constructor(address, opener) {
    this.#state = new AddressState(address, opener);
    this.#button = element('button', { type: 'button', class: 'link', 'aria-expanded': 'false', onclick: () => this.#turn() }, address);
    this.#cells = Object.fromEntries(COLUMNS.slice(1).map((name) => [name, element('td', { class: name, role: 'cell' })]));
    this.#below = element('tr', { role: 'row', hidden: true }, element('td', { colspan: COLUMNS.length, role: 'cell' }, this.#state.made));
    this.made = element('tbody', { role: 'rowgroup' },
      element('tr', { role: 'row' }, element('th', { scope: 'row', role: 'rowheader' }, this.#button), ...Object.values(this.#cells)),
      this.#below);
  }

  update(answer) {
    const { reason: why, since, until, provider: reporter } = this.#cells;
    replace(why, reason(answer.reason));
    replace(since, time(answer.since));
    replace(until, answer.until ? time(answer.until) : 'no end');
    replace(reporter, provider(answer.provider));
    if (!this.#below.hidden) this.#state.read();
  }

  #turn() {
    const opens = this.#below.hidden;
    this.#below.hidden = !opens;
    this.#button.setAttribute('aria-expanded', String(opens));
    if (opens) this.#state.read();
  }
}

function time(text) {
  return element('time', { datetime: text, title: wholeMoment(text) }, moment(text));
}
