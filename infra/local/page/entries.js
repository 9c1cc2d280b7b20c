// The entries that the page has, newest first and as many as the server keeps, and which of them are listed.

const KEPT = 20000;

export const VIEWS = {
  webhooks: (entry) => entry.kind !== 'announcement',
  refused: (entry) => entry.kind === 'request',
  announced: (entry) => entry.kind === 'announcement',
};

export class Entries {
  #all = [];
  #known = new Set();
  /** The listed entries, newest first. */
  listed = [];
  view = 'webhooks';
  filter = { text: '', provider: '', type: '', action: '' };
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

  /** Adds entries, newest first. Returns the new ones, and how many of them are listed above all others. */
  add(given) {
    const entries = given.filter((entry) => !this.#known.has(entry.seq));
    if (entries.length === 0) return { entries, above: 0 };
    for (const entry of entries) this.#learn(entry);
    const listed = entries.filter((entry) => this.#lists(entry));
    const newest = this.#all[0]?.seq ?? -Infinity;
    const above = entries.at(-1).seq > newest ? listed.length : 0;
    this.#all = merged(this.#all, entries);
    this.listed = merged(this.listed, listed);
    this.#forget();
    return { entries, above };
  }

  /** Lists the entries that match the view and the filter. */
  select(view, filter) {
    this.view = view;
    this.filter = { ...filter, text: filter.text.trim().toLowerCase() };
    this.listed = this.#all.filter((entry) => this.#lists(entry));
  }

  #lists(entry) {
    const { text, provider, type, action } = this.filter;
    return VIEWS[this.view](entry)
      && (!provider || entry.provider === provider)
      && (!type || entry.type === type)
      && (!action || entry.action === action)
      && (!text || searched(entry).includes(text));
  }

  #learn(entry) {
    this.#known.add(entry.seq);
    for (const view of Object.keys(VIEWS)) this.counts[view] += VIEWS[view](entry) ? 1 : 0;
    if (entry.type) this.types.add(entry.type);
    if (entry.kind !== 'announcement') return;
    const topics = this.topics.get(entry.id) ?? [];
    if (!topics.includes(entry.topic)) this.topics.set(entry.id, [...topics, entry.topic]);
  }

  #forget() {
    const gone = this.#all.splice(KEPT);
    for (const entry of gone) {
      this.#known.delete(entry.seq);
      for (const view of Object.keys(VIEWS)) this.counts[view] -= VIEWS[view](entry) ? 1 : 0;
      if (entry.kind === 'announcement') this.topics.delete(entry.id);
    }
    const oldest = this.oldest;
    while (gone.length > 0 && this.listed.length > 0 && this.listed.at(-1).seq < oldest) this.listed.pop();
  }
}

/** Merges two lists, each newest first. In almost all cases one precedes the other, which needs no sorting. */
function merged(one, other) {
  if (one.length === 0 || other.length === 0) return one.concat(other);
  if (other.at(-1).seq > one[0].seq) return other.concat(one);
  if (other[0].seq < one.at(-1).seq) return one.concat(other);
  return one.concat(other).sort((left, right) => right.seq - left.seq);
}

function searched(entry) {
  entry.searched ??= [
    entry.recipient, entry.id, entry.type, entry.word, entry.detail, entry.partition, entry.reason, entry.outcome,
    entry.topic, entry.path, entry.provider,
  ].filter(Boolean).join('\n').toLowerCase();
  return entry.searched;
}
