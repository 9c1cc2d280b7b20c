// The entries that the page has, newest first and as many as the server keeps, and which of them are listed.

import { matches, parse } from './search.js';

const KEPT = 20000;

/**
 * Entries that the server found later come behind those of its list, in the order of their time: in microseconds, so that a thousand
 * of one millisecond differ, and below every number that the server gives.
 */
const BELOW = -8e15;

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
  /** The ids of the events. */
  #ids = new Set();
  /** The oldest entry of the server's list. */
  #oldest = null;
  #found = 0;

  clear() {
    this.#all = [];
    this.#known.clear();
    this.#ids.clear();
    this.#oldest = null;
    this.#found = 0;
    this.topics.clear();
    this.types.clear();
    this.counts = { webhooks: 0, refused: 0, announced: 0 };
    this.charted = [];
    this.listed = [];
  }

  /** Where the server's list goes on. */
  get oldest() {
    return this.#oldest?.seq ?? null;
  }

  /** The time of the oldest entry of the server's list. */
  get since() {
    return this.#oldest?.at ?? null;
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
    // A stored event that the page has as a new one comes again with the older ones.
    const isNew = ({ seq, outcome, id }) => !this.#known.has(seq) && !(outcome === 'stored' && this.#ids.has(id));
    const entries = given.filter(isNew);
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

  /** Adds stored events that the server found, newest first, behind those of its list. Returns how many are new. */
  addFound(given) {
    for (const entry of given) {
      this.#found += 1;
      entry.seq = BELOW + Date.parse(entry.at) * 1000 + (999 - (this.#found % 1000));
    }
    return this.add(given).entries.length;
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
    if (entry.kind === 'event') this.#ids.add(entry.id);
    if (entry.seq > BELOW / 2 && !(this.#oldest?.seq <= entry.seq)) this.#oldest = entry;
    entry.time_ms = Date.parse(entry.at);
    for (const view of Object.keys(VIEWS)) this.counts[view] += VIEWS[view](entry) ? 1 : 0;
    if (entry.type) this.types.add(entry.type);
    if (entry.kind !== 'announcement') return;
    const topics = this.topics.get(entry.id) ?? [];
    if (!topics.includes(entry.topic)) this.topics.set(entry.id, [...topics, entry.topic]);
  }

  #forget() {
    // What was found is asked for, so it takes no place of the others.
    const gone = this.#all.splice(KEPT + this.#found);
    if (gone.length === 0) return;
    for (const entry of gone) {
      this.#known.delete(entry.seq);
      if (entry.kind === 'event') this.#ids.delete(entry.id);
      for (const view of Object.keys(VIEWS)) this.counts[view] -= VIEWS[view](entry) ? 1 : 0;
      if (entry.kind === 'announcement') this.topics.delete(entry.id);
    }
    const oldest = this.#all.at(-1).seq;
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
