// Chooses a time span on the chart: with the pointer one bar or several, with the keyboard as on a slider.

import { element } from './dom.js';

/** Bars that Page Up and Page Down move by. */
const LEAP = 10;

export class TimeSlider {
  made = element('div', { class: 'slider', role: 'slider', tabindex: '0', 'aria-label': 'Time', 'aria-describedby': 'slider-keys' });
  #cursor = element('div', { class: 'cursor', hidden: true });
  #picked = element('div', { class: 'picked', hidden: true });
  #heard;
  #bars = { from: 0, length: 1, number: 1 };
  #chosen = null;
  /** The times at which the two ends of the cursor's bars begin. Times, because the bars move while time passes. */
  #ends = null;
  #isDown = false;

  /**
   * `heard.picked(since, until)` is called with a time span, `heard.cleared()` when none is wanted; `heard.described(since, until)`
   * returns what a span contains, and `heard.pointed(text)` is called with that, or with an empty text.
   */
  constructor(heard) {
    this.#heard = heard;
    this.made.append(this.#picked, this.#cursor);
    this.made.addEventListener('pointerdown', (event) => this.#press(event));
    this.made.addEventListener('pointermove', (event) => this.#move(event));
    this.made.addEventListener('pointerup', () => this.#release());
    this.made.addEventListener('pointercancel', () => this.#leave());
    this.made.addEventListener('pointerleave', () => { if (!this.#isDown) this.#leave(); });
    this.made.addEventListener('focus', () => { if (this.made.matches(':focus-visible')) this.#step(0, false); });
    this.made.addEventListener('blur', () => this.#leave());
    this.made.addEventListener('keydown', (event) => this.#key(event));
  }

  /** Shows these bars, and the chosen time span, if any. */
  show(bars, chosen) {
    this.#bars = bars;
    this.#chosen = chosen;
    this.#place(this.#picked, chosen?.since, chosen?.until);
    this.#draw();
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#isDown = true;
    this.made.setPointerCapture(event.pointerId);
    const at = this.#at(event);
    this.#ends = [at, at];
    this.#draw();
  }

  #move(event) {
    const at = this.#at(event);
    this.#ends = this.#isDown ? [this.#ends[0], at] : [at, at];
    this.#draw();
  }

  #release() {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#pick();
  }

  #leave() {
    this.#isDown = false;
    this.#ends = null;
    this.#draw();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { number } = this.#bars;
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: LEAP, PageDown: -LEAP, Home: -number, End: number };
    if (event.key in steps) this.#step(steps[event.key], event.shiftKey);
    else if (event.key === 'Enter' || event.key === ' ') this.#pick();
    else if (event.key === 'Escape' && this.#chosen) this.#heard.cleared();
    else return;
    event.stopPropagation();
    event.preventDefault();
  }

  /** Moves the cursor by bars, or with Shift only one of its ends. */
  #step(bars, extends_) {
    const { from, length, number } = this.#bars;
    const last = from + (number - 1) * length;
    const before = this.#ends?.[1] ?? (this.#chosen ? this.#chosen.until - length : last);
    const at = Math.min(last, Math.max(from, this.#begin(before) + bars * length));
    this.#ends = [extends_ ? this.#ends?.[0] ?? at : at, at];
    this.#draw();
  }

  #pick() {
    const { since, until } = this.#cursorSpan() ?? {};
    if (since === undefined) return;
    const again = this.#chosen?.since === since && this.#chosen?.until === until;
    if (again) this.#heard.cleared();
    else this.#heard.picked(since, until);
  }

  #cursorSpan() {
    if (!this.#ends) return null;
    const [one, other] = this.#ends.map((end) => this.#begin(end));
    return { since: Math.min(one, other), until: Math.max(one, other) + this.#bars.length };
  }

  #at(event) {
    const box = this.made.getBoundingClientRect();
    const { from, length, number } = this.#bars;
    const bar = Math.floor(((event.clientX - box.left) / box.width) * number);
    return from + Math.min(number - 1, Math.max(0, bar)) * length;
  }

  /** Where the bar that contains this time begins. */
  #begin(time) {
    return Math.floor(time / this.#bars.length) * this.#bars.length;
  }

  #draw() {
    const { from, length, number } = this.#bars;
    const cursor = this.#cursorSpan();
    this.#place(this.#cursor, cursor?.since, cursor?.until);
    const text = cursor ? this.#heard.described(cursor.since, cursor.until) : '';
    this.#heard.pointed(text);
    const shown = cursor ?? this.#chosen;
    const value = shown ? Math.round((shown.until - from) / length) - 1 : number - 1;
    this.made.setAttribute('aria-valuemin', 0);
    this.made.setAttribute('aria-valuemax', number - 1);
    this.made.setAttribute('aria-valuenow', Math.min(number - 1, Math.max(0, value)));
    this.made.setAttribute('aria-valuetext', shown ? this.#heard.described(shown.since, shown.until) : 'all times');
  }

  #place(mark, since, until) {
    const { from, length, number } = this.#bars;
    const part = (time) => Math.min(1, Math.max(0, (time - from) / (number * length)));
    mark.hidden = since === undefined || part(until) === part(since);
    mark.style.left = `${part(since) * 100}%`;
    mark.style.width = `${(part(until) - part(since)) * 100}%`;
  }
}
