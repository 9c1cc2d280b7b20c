// What is listed: the kind, the search, the three menus, and the time span that is chosen on the chart.

import { element, replace } from './dom.js';
import { span } from './format.js';

/** The filter that lists everything of the first kind. */
const NOTHING = { view: 'webhooks', text: '', provider: '', type: '', action: '', since: '', until: '' };

const ACTIONS = ['suppress', 'count', 'investigate', 'none'];

/** What each kind of entry is called if none matches, and what is said if there is none at all. */
const KINDS = {
  webhooks: { name: 'event', none: null },
  refused: { name: 'request', none: 'Every request was accepted' },
  announced: { name: 'announcement', none: 'Nothing was announced yet' },
};

export class Filters {
  #form;
  #views;
  #changed;
  #view = NOTHING.view;
  #since = '';
  #until = '';

  /** `changed(typed)` is called after each change; `typed` tells whether the search was typed in. */
  constructor(form, views, changed) {
    this.#form = form;
    this.#views = [...views.querySelectorAll('[data-view]')];
    this.#changed = changed;
    this.offer('action', ACTIONS);
    for (const button of this.#views) button.addEventListener('click', () => this.change({ view: button.dataset.view }));
    form.addEventListener('input', (event) => changed(event.target.name === 'text'));
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('reset', (event) => {
      event.preventDefault();
      this.clear();
    });
  }

  get state() {
    const { text, provider, type, action } = Object.fromEntries(new FormData(this.#form));
    return { view: this.#view, text: text.trim(), provider, type, action, since: this.#since, until: this.#until };
  }

  /** Shows this state, without a call of `changed`. */
  set state(state) {
    const { view, text, since, until, ...menus } = state;
    this.#view = view in KINDS ? view : NOTHING.view;
    [this.#since, this.#until] = [since, until];
    if (text !== this.state.text) this.#form.elements.text.value = text;
    for (const [name, value] of Object.entries(menus)) this.#select(this.#form.elements[name], value);
    for (const button of this.#views) button.setAttribute('aria-pressed', String(button.dataset.view === this.#view));
  }

  /** Changes parts of the state. */
  change(given) {
    this.state = { ...this.state, ...given };
    this.#changed(false);
  }

  /** Lists only what this search or menu selects. */
  only(given) {
    this.change({ ...NOTHING, ...given });
  }

  /** Removes everything but the kind. */
  clear() {
    this.only({ view: this.#view });
  }

  /** Offers these names in a menu. A chosen name stays, even if no entry has it. */
  offer(name, names) {
    const field = this.#form.elements[name];
    const [chosen, every] = [field.value, field.options[0]];
    const offered = names.includes(chosen) || chosen === '' ? names : [...names, chosen].sort();
    if (field.options.length === offered.length + 1 && offered.every((option, place) => option === field.options[place + 1].value)) return;
    replace(field, every, offered.map((option) => element('option', {}, option)));
    field.value = chosen;
  }

  /** The number at each kind. */
  count(numbers) {
    for (const button of this.#views) button.querySelector('.count').textContent = numbers[button.dataset.view];
  }

  /** Says why nothing is listed, and whether a filter is the reason. An empty text means that there are no entries of any kind. */
  get nothing() {
    const { view, text, provider, type, action, since, until } = this.state;
    const terms = [text && `“${text}”`, provider, type, action && `action ${action}`, since && span(since, until)].filter(Boolean);
    if (terms.length === 0) return { text: KINDS[view].none ?? '', filtered: false };
    return { text: `No ${KINDS[view].name} matches ${terms.join(', ')}`, filtered: true };
  }

  #select(field, value) {
    // The entries that would offer this name may not have been read yet.
    if (![...field.options].some((option) => option.value === value)) field.append(element('option', {}, value));
    field.value = value;
  }
}
