// The button that finds stored events beyond those that the page has.

import * as api from './api.js';
import { counted } from './format.js';
import { say } from './said.js';
import { parse } from './search.js';

export class Older {
  #button;
  #heard;
  #providers = [];
  /** The last search, and the time at which its answer ended, if there is more. */
  #last = { of: '', reached: null };

  /**
   * `heard.state()` returns the filter, `heard.oldest()` the time of the oldest entry of the page, and `heard.found(entries)` takes the
   * found ones and returns how many are new.
   */
  constructor(button, heard) {
    this.#button = button;
    this.#heard = heard;
    button.addEventListener('click', () => this.#clicked());
  }

  /** Sets the names of the providers, which begin an event id. */
  set providers(names) {
    this.#providers = names;
  }

  /** Only when the page has everything that its server keeps, it knows what is older. */
  set enabled(is) {
    this.#button.disabled = !is;
  }

  async #clicked() {
    this.#button.disabled = true;
    say('Searching');
    say(await this.#search().catch((error) => `Older events cannot be read: ${error.message}.`));
    this.#button.disabled = false;
    this.#button.focus();
  }

  async #search() {
    const query = this.#query(this.#heard.state());
    const of = JSON.stringify(query);
    const from = this.#last.of === of ? this.#last.reached : null;
    const isWhole = Boolean(query.recipient ?? query.message ?? query.id);
    const until = from ?? (isWhole || query.until ? query.until : this.#heard.oldest());
    const answer = await this.#ask(query, until);
    this.#last = { of, reached: answer.reached };
    return said(this.#heard.found(answer.entries), answer);
  }

  /** An address is also looked for as a Message-ID, which looks the same. */
  async #ask(query, until) {
    const ask = (given) => api.find(Object.fromEntries(Object.entries({ ...given, until }).filter(([, value]) => value)));
    const answer = await ask(query);
    if (query.recipient === undefined || answer.entries.length > 0) return answer;
    const { recipient, ...others } = query;
    const second = await ask({ ...others, message: recipient });
    return second.entries.length > 0 ? second : answer;
  }

  /** What the server looks for. The page itself then selects by the other words. */
  #query({ text, provider, type, action, since, until }) {
    const { words, exact } = parse(text);
    const wanted = { provider, type, action, since, until, ...Object.fromEntries(exact) };
    const address = words.find((word) => /^[^@]+@[^@]+$/.test(word));
    const id = words.find((word) => this.#providers.some((name) => word.startsWith(`${name}:`)));
    if (address) wanted.recipient ??= address;
    if (id) wanted.id ??= id;
    return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
  }
}

function said(number, { reached, unreadable, lacks }) {
  const parts = [number === 0 ? 'No older event is found.' : `${counted(number, 'older event')} found.`];
  if (reached) parts.push('There are more: Find older continues.');
  if (unreadable > 0) parts.push(`${counted(unreadable, 'item')} cannot be read.`);
  if (lacks) parts.push(`Not looked at: ${lacks}.`);
  return parts.join(' ');
}
