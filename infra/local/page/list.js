// The list of entries. Only visible rows are in the document, so that long lists stay fast.

import { element } from './dom.js';
import { heads, row } from './row.js';

/** Rows kept above and below the visible ones. */
const SPARE = 8;

export class List {
  #list;
  #heads = heads();
  #space;
  #entries = [];
  #topics = new Map();
  #rows = new Map();
  #chosen = null;
  #drawing = false;
  #heard;

  /** `heard.chosen(entry)` is called when another row is selected, `heard.opened(entry)` when a row is opened. */
  constructor(list, heard) {
    this.#list = list;
    this.#heard = heard;
    this.#space = element('div', { class: 'space', role: 'rowgroup' });
    list.append(this.#heads, this.#space);
    list.addEventListener('scroll', () => this.draw());
    list.addEventListener('keydown', (event) => this.#press(event));
    list.addEventListener('click', (event) => this.#click(event));
    // Only for keyboard focus, so that a click does not move the selection.
    list.addEventListener('focus', () => {
      if (list.matches(':focus-visible')) this.#choose(this.#place() < 0 ? this.#first() : this.#place(), false);
    });
    new ResizeObserver(() => this.draw()).observe(list);
  }

  /** Selects the row of an entry, if it is listed. Does not move the focus. */
  reveal(entry) {
    const place = this.#entries.findIndex(({ seq }) => seq === entry.seq);
    if (place >= 0) this.#choose(place, false);
  }

  get isAtTop() {
    return this.#list.scrollTop < this.#height();
  }

  toTop() {
    this.#list.scrollTop = 0;
  }

  /** Shows these entries. Visible rows keep their position when `above` rows are inserted before them. */
  show(entries, topics, above) {
    const stays = above > 0 && !this.isAtTop;
    this.#entries = entries;
    this.#topics = topics;
    if (stays) {
      this.#space.style.height = `${entries.length * this.#height()}px`;
      this.#list.scrollTop += above * this.#height();
    }
    this.draw();
  }

  /** Redraws before the next frame, with the entries at that time. */
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw() {
    const height = this.#height();
    const first = Math.max(0, this.#first() - SPARE);
    const last = Math.min(this.#entries.length, first + Math.ceil(this.#list.clientHeight / height) + 2 * SPARE);
    this.#space.style.height = `${this.#entries.length * height}px`;
    this.#list.dataset.count = this.#entries.length;
    // The first row has the heads.
    this.#list.setAttribute('aria-rowcount', this.#entries.length + 1);
    const before = this.#rows;
    this.#rows = new Map();
    for (let place = first; place < last; place += 1) {
      const entry = this.#entries[place];
      const topics = this.#topics.get(entry.id) ?? [];
      const known = before.get(entry.seq);
      before.delete(entry.seq);
      if (known && known.topics !== topics.length) known.made.remove();
      const drawn = known?.topics === topics.length ? known : { made: made(entry, topics), topics: topics.length };
      drawn.made.style.transform = `translateY(${place * height}px)`;
      drawn.made.setAttribute('aria-rowindex', place + 2);
      drawn.made.setAttribute('aria-selected', entry.seq === this.#chosen);
      this.#rows.set(entry.seq, drawn);
    }
    for (const gone of before.values()) gone.made.remove();
    // Screen readers follow the order of the document, so it must match the screen.
    [...this.#rows.values()].forEach(({ made: one }, place) => {
      const there = this.#space.children[place];
      if (there !== one) this.#space.insertBefore(one, there ?? null);
    });
    const chosen = this.#rows.has(this.#chosen) ? `entry${this.#chosen}` : '';
    this.#list.setAttribute('aria-activedescendant', chosen);
  }

  #height() {
    return Number.parseFloat(getComputedStyle(this.#space).getPropertyValue('--row')) || 32;
  }

  /** The height of the rows below the heads, which stay at the top. */
  #visible() {
    const covered = getComputedStyle(this.#heads).position === 'sticky' ? this.#heads.offsetHeight : 0;
    return this.#list.clientHeight - covered;
  }

  #first() {
    return Math.floor(this.#list.scrollTop / this.#height());
  }

  #place() {
    return this.#entries.findIndex((entry) => entry.seq === this.#chosen);
  }

  #press(event) {
    const inSight = Math.max(1, Math.floor(this.#visible() / this.#height()) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: inSight, PageUp: -inSight, Home: -Infinity, End: Infinity };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) {
      this.#choose(this.#place() + steps[event.key], true);
    } else if (event.key === 'Enter' || event.key === ' ') {
      const entry = this.#entries[this.#place()];
      if (entry) this.#heard.opened(entry);
    } else {
      return;
    }
    event.preventDefault();
  }

  #click(event) {
    const made = event.target.closest('.row');
    const place = this.#entries.findIndex((entry) => String(entry.seq) === made?.dataset.seq);
    if (place < 0) return;
    this.#choose(place, false);
    this.#heard.opened(this.#entries[place]);
  }

  #choose(place, tell) {
    const bounded = Math.min(this.#entries.length - 1, Math.max(0, place));
    const entry = this.#entries[bounded];
    if (!entry) return;
    this.#chosen = entry.seq;
    const [top, height] = [bounded * this.#height(), this.#height()];
    if (top < this.#list.scrollTop) this.#list.scrollTop = top;
    const bottom = top + height - this.#visible();
    if (bottom > this.#list.scrollTop) this.#list.scrollTop = bottom;
    this.draw();
    if (tell) this.#heard.chosen(entry);
  }
}

function made(entry, topics) {
  const one = element('div', { class: `row ${entry.kind} ${entry.outcome ?? ''}`, role: 'row', id: `entry${entry.seq}` }, ...row(entry, topics));
  one.dataset.seq = entry.seq;
  return one;
}
