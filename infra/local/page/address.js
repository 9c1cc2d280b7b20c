// The state of the page in its address, so that a link restores it: the filter, the search and the opened entry.
//
// The state is in the fragment, which browsers do not send: what is searched for reaches no log and no other site. The token that
// opens the page is in a cookie, so it is in no link.

const TEXTS = ['view', 'q', 'provider', 'type', 'action', 'since', 'until'];

/** The shortest interval between two replacements of the address, in milliseconds. Browsers ignore more than 200 in 30 seconds. */
const WRITE_EVERY = 250;

export class Address {
  #waiting = null;

  /** `restored(state)` is called when the address changes: by Back and Forward, or by an edit. */
  constructor(restored) {
    window.addEventListener('popstate', () => {
      this.#forget();
      restored(this.read());
    });
  }

  /** The state in the address: the filter, and `link`, the keys of an event or the time of a request. */
  read() {
    const given = new URLSearchParams(location.hash.slice(1));
    const [view, text, provider, type, action, since, until] = TEXTS.map((name) => given.get(name) ?? '');
    const [partition, key, request] = ['partition', 'key', 'request'].map((name) => given.get(name));
    const link = partition && key ? { partition, key } : request ? { request } : null;
    const isSpan = Date.parse(since) < Date.parse(until);
    return { filter: { view: view || 'webhooks', text, provider, type, action, since: isSpan ? since : '', until: isSpan ? until : '' }, link };
  }

  /** Adds a step that Back undoes. */
  push(state) {
    this.#write('pushState', state);
  }

  /** Changes the current step, for changes that come in quick succession, such as typing. */
  replace(state) {
    const waits = this.#waiting !== null;
    this.#forget();
    if (!waits) this.#write('replaceState', state);
    // The last change is written again, in case that one came in between.
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      this.#write('replaceState', state);
    }, WRITE_EVERY);
  }

  #write(how, { filter, link }) {
    this.#forget();
    const { text, view, ...others } = filter;
    const given = { view: view === 'webhooks' ? '' : view, q: text, ...others, ...link };
    const fragment = new URLSearchParams(Object.entries(given).filter(([, value]) => value)).toString();
    if (fragment === location.hash.slice(1)) return;
    history[how](null, '', fragment === '' ? location.pathname : `#${fragment}`);
  }

  #forget() {
    clearTimeout(this.#waiting);
    this.#waiting = null;
  }
}
