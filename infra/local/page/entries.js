// The entries that the page has, newest first and as many as the server keeps, and which of them are listed.

import { matches, parse } from './search.js';

const KEPT = 20000;

export const VIEWS = {
  webhooks: (entry) => entry.kind !== 'announcement',
  refused: (entry) => entry.kind === 'request',
  announced: (entry) => entry.kind === 'announcement',
};

export class Entries {
  #all = [];
  #known = new Set();
  #filter = { view: 'webhooks', search: parse(''), since: -Infinity, until: Infinity };
  /** The entries that match the filter apart from its time span, newest first: the chart shows them. */
  charted = [];
  /** The listed entries, newest first. */
  listed = [];
  counts = { webhooks: 0, refused: 0, announced: 0 };
  types = new Set();
  /** The topics on which each event was announced, by event id. */
  topics = new Map();

  clear() {
    this.#all = [];
    this.#known.clear();
    this.topics.clear();
    this.types.clear();
    this.counts = { webhooks: 0, refused: 0, announced: 0 };
    this.charted = [];
    this.listed = [];
  }

  get oldest() {
    return this.#all.at(-1)?.seq ?? null;
  }

  get size() {
    return this.#all.length;
  }

  /** Finds the entry of the event with this id. */
  event(id) {
    return this.#all.find((entry) => entry.kind === 'event' && entry.id === id);
  }

  /** Finds the entry that a permalink names: an event by its keys, or a request that was not accepted by its time. */
  linked({ partition, key, request }) {
    return this.#all.find((entry) => (request
      ? entry.kind === 'request' && entry.at === request
      : entry.kind === 'event' && entry.partition === partition && entry.key === key));
  }

  /** Adds entries, newest first. Returns the new ones, and how many of them are listed above all others. */
  add(given) {
    const entries = given.filter((entry) => !this.#known.has(entry.seq));
    if (entries.length === 0) return { entries, above: 0 };
    for (const entry of entries) this.#learn(entry);
    const charted = entries.filter((entry) => this.#charts(entry));
    const listed = charted.filter((entry) => this.#isInSpan(entry));
    const newest = this.#all[0]?.seq ?? -Infinity;
    const above = entries.at(-1).seq > newest ? listed.length : 0;
    this.#all = merged(this.#all, entries);
    this.charted = merged(this.charted, charted);
    this.listed = merged(this.listed, listed);
    this.#forget();
    return { entries, above };
  }

  /** Adds stored events that the server found, newest first, behind all others. Returns how many are new. */
  addFound(given) {
    const known = new Set(this.#all.filter((entry) => entry.kind === 'event').map((entry) => entry.id));
    const entries = given.filter((entry) => !known.has(entry.id));
    const oldest = this.oldest ?? 0;
    entries.forEach((entry, place) => { entry.seq = oldest - 1 - place; });
    return this.add(entries).entries.length;
  }

  /** Lists the entries that match the filter. */
  select({ view, text, provider, type, action, since, until }) {
    const time = (given, otherwise) => (given ? Date.parse(given) : otherwise);
    this.#filter = { view, search: parse(text), provider, type, action, since: time(since, -Infinity), until: time(until, Infinity) };
    this.charted = this.#all.filter((entry) => this.#charts(entry));
    this.listed = this.charted.filter((entry) => this.#isInSpan(entry));
  }

  #charts(entry) {
    const { view, search, provider, type, action } = this.#filter;
    return VIEWS[view](entry)
      && (!provider || entry.provider === provider)
      && (!type || entry.type === type)
      && (!action || entry.action === action)
      && matches(search, entry);
  }

  #isInSpan({ time_ms: time }) {
    return this.#filter.since <= time && time < this.#filter.until;
  }

  #learn(entry) {
    this.#known.add(entry.seq);
    entry.time_ms = Date.parse(entry.at);
    for (const view of Object.keys(VIEWS)) this.counts[view] += VIEWS[view](entry) ? 1 : 0;
    if (entry.type) this.types.add(entry.type);
    if (entry.kind !== 'announcement') return;
    const topics = this.topics.get(entry.id) ?? [];
    if (!topics.includes(entry.topic)) this.topics.set(entry.id, [...topics, entry.topic]);
  }

  #forget() {
    const gone = this.#all.splice(KEPT);
    if (gone.length === 0) return;
    for (const entry of gone) {
      this.#known.delete(entry.seq);
      for (const view of Object.keys(VIEWS)) this.counts[view] -= VIEWS[view](entry) ? 1 : 0;
      if (entry.kind === 'announcement') this.topics.delete(entry.id);
    }
    const oldest = this.oldest;
    for (const list of [this.charted, this.listed]) {
      while (list.length > 0 && list.at(-1).seq < oldest) list.pop();
    }
  }
}

/** Merges two lists, each newest first. In almost all cases one precedes the other, which needs no sorting. */
function merged(one, other) {
  if (one.length === 0 || other.length === 0) return one.concat(other);
  if (other.at(-1).seq > one[0].seq) return other.concat(one);
  if (other[0].seq < one.at(-1).seq) return one.concat(other);
  return one.concat(other).sort((left, right) => right.seq - left.seq);
}
