// The chart: stacked bars of entries over time, by provider or by type, and the time span that is chosen on it.

import { bars, roundUp, ticks } from './chart_scale.js';
import { hue, ofProvider } from './colours.js';
import { drawn, element, replace } from './dom.js';
import { counted, length as lengthOf, number, span as spanOf } from './format.js';
import { TimeSlider } from './time_slider.js';

const MINUTE = 60000;
const SPANS = { '15 min': 15 * MINUTE, '1 h': 60 * MINUTE, '24 h': 24 * 60 * MINUTE, all: null };
const HEIGHT = 56;

/** The widths of a label of the time axis with the space to the next one, and of one of its characters, in pixels. */
const TICK_WIDTH = 80;
const CHARACTER_WIDTH = 8;

/** The interval at which the chart moves on without new entries, in milliseconds. */
const SLIDE_EVERY = 10000;

/** The group of entries without a type or provider: requests that were not accepted. */
export const NAMELESS = 'not accepted';

export class Chart {
  #parts;
  #slider;
  #spans;
  #entries = [];
  #span = '15 min';
  #by = 'provider';
  #bars = null;
  #chosen = null;
  #sums = [];
  #heard;

  /** `heard.named(by, name)` is called when a name in the legend is clicked, `heard.picked` and `heard.cleared` for a time span. */
  constructor(place, heard) {
    this.#heard = heard;
    this.#slider = new TimeSlider({
      ...heard,
      described: (since, until) => `${spanOf(since, until)}: ${counted(this.#countOf(since, until), 'entry', 'entries')}`,
      pointed: (text) => { this.#parts.pointed.textContent = text; },
    });
    this.#spans = choice(Object.keys(SPANS), 'Span', (span) => this.#turn(span));
    const by = choice(['provider', 'type'], 'Group by', (chosen) => {
      this.#by = chosen;
      by.press(chosen);
      this.draw();
    });
    this.#parts = {
      unit: element('span', { class: 'unit' }),
      pointed: element('span', { class: 'pointed' }),
      chosen: element('span', { class: 'chosen', hidden: true }),
      bars: drawn('svg', { class: 'bars', role: 'img', preserveAspectRatio: 'none' }),
      most: element('span', {}),
      ticks: element('div', { class: 'ticks', 'aria-hidden': 'true' }),
      legend: element('ul', { class: 'legend' }),
    };
    const { unit, pointed, chosen, most, legend } = this.#parts;
    place.append(
      element('div', { class: 'picture' },
        element('div', { class: 'caption' }, unit, pointed, chosen),
        element('div', { class: 'heights', 'aria-hidden': 'true' }, most, element('span', {}, '0')),
        element('div', { class: 'plot' }, this.#parts.bars, this.#slider.made),
        this.#parts.ticks,
        element('p', { id: 'slider-keys', class: 'unseen' }, 'Arrow keys choose a bar, with Shift several. Enter lists their entries, Escape lists all.')),
      element('div', { class: 'key' }, element('div', { class: 'choices' }, by.made, this.#spans.made), legend),
    );
    by.press(this.#by);
    this.#spans.press(this.#span);
    new ResizeObserver(() => this.#drawTicks()).observe(this.#parts.ticks);
    setInterval(() => this.draw(), SLIDE_EVERY);
  }

  /** Shows these entries, newest first. */
  show(entries) {
    this.#entries = entries;
    this.draw();
  }

  /** Shows the chosen time span, if any. */
  choose({ since, until }) {
    const before = this.#chosen?.since;
    this.#chosen = since ? { since: Date.parse(since), until: Date.parse(until) } : null;
    this.#parts.chosen.hidden = this.#chosen === null;
    replace(this.#parts.chosen, this.#chosen && [
      element('span', {}, spanOf(since, until)),
      element('button', { type: 'button', class: 'close', 'aria-label': 'Clear the time span', title: 'Clear the time span', onclick: () => this.#clear() }, '×'),
    ]);
    // A time span from a link may be older than what the chart shows.
    const reaches = (span) => SPANS[span] === null || this.#chosen.since >= Date.now() - SPANS[span];
    const isNew = this.#chosen !== null && this.#chosen.since !== before;
    if (isNew && !reaches(this.#span)) this.#turn(Object.keys(SPANS).find(reaches));
    else this.draw();
  }

  draw() {
    const now = Date.now();
    const oldest = Math.min(this.#entries.at(-1)?.time_ms ?? now, this.#chosen?.since ?? now);
    this.#bars = bars(SPANS[this.#span] ?? Math.max(15 * MINUTE, now - oldest), now);
    const { groups, sums, total } = count(this.#entries, this.#by, this.#bars);
    const most = roundUp(Math.max(1, ...sums));
    this.#sums = sums;
    this.#drawBars(groups, most);
    this.#drawTicks();
    this.#parts.unit.textContent = `entries per ${lengthOf(this.#bars.length)}, times in UTC`;
    this.#parts.most.textContent = number(most);
    this.#slider.show(this.#bars, this.#chosen);
    const named = groups.map(({ name, count: each }) => `${name} ${each}`).join(', ');
    this.#parts.bars.setAttribute('aria-label', `${counted(total, 'entry', 'entries')} by ${this.#by}: ${named}`);
    replace(this.#parts.legend, groups.map((group) => element('li', {}, element('button', {
      type: 'button', title: `Show only ${group.name}`, onclick: () => this.#heard.named(this.#by, group.name),
    }, element('i', { class: `dot ${group.colour}` }), group.name, element('b', {}, number(group.count))))));
  }

  #clear() {
    this.#heard.cleared();
    this.#slider.made.focus();
  }

  #turn(span) {
    this.#span = span;
    this.#spans.press(span);
    this.draw();
  }

  #countOf(since, until) {
    const { from, length } = this.#bars;
    return this.#sums.reduce((sum, each, bar) => {
      const begins = from + bar * length;
      return begins >= since && begins < until ? sum + each : sum;
    }, 0);
  }

  #drawBars(groups, most) {
    const rectangles = [];
    const tops = new Array(this.#bars.number).fill(HEIGHT);
    for (const group of groups) {
      group.bars.forEach((value, bar) => {
        if (value === 0) return;
        const height = Math.max(1.5, (value / most) * (HEIGHT - 2));
        tops[bar] -= height;
        rectangles.push(drawn('rect', { class: group.colour, x: bar + 0.1, y: tops[bar], width: 0.8, height }));
      });
    }
    this.#parts.bars.setAttribute('viewBox', `0 0 ${this.#bars.number} ${HEIGHT}`);
    replace(this.#parts.bars, rectangles);
  }

  #drawTicks() {
    if (!this.#bars) return;
    const { from, until } = this.#bars;
    const width = this.#parts.ticks.clientWidth;
    const left = (at) => (at - from) / (until - from);
    const all = ticks(from, until, Math.max(2, Math.floor(width / TICK_WIDTH)));
    const whole = all.filter(({ at, label }) => (1 - left(at)) * width >= label.length * CHARACTER_WIDTH);
    replace(this.#parts.ticks, whole.map(({ at, label }) => {
      const tick = element('span', {}, label);
      tick.style.left = `${left(at) * 100}%`;
      return tick;
    }));
  }
}

/** A group of buttons, one of which is pressed. */
function choice(names, label, choose) {
  const buttons = names.map((name) => element('button', { type: 'button', onclick: () => choose(name) }, name));
  return {
    made: element('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons),
    press: (name) => buttons.forEach((button) => button.setAttribute('aria-pressed', String(button.textContent === name))),
  };
}

function colour(by, name, place) {
  if (name === NAMELESS) return 'nameless';
  return by === 'provider' ? ofProvider(name) : hue(place);
}

/** The groups, largest first, each with a count per bar; the sum of each bar; and the total. */
function count(entries, by, { from, length, number: of }) {
  const groups = new Map();
  const sums = new Array(of).fill(0);
  let total = 0;
  for (const entry of entries) {
    if (entry.time_ms < from) continue;
    const bar = Math.min(of - 1, Math.floor((entry.time_ms - from) / length));
    const name = entry[by] ?? NAMELESS;
    if (!groups.has(name)) groups.set(name, { name, count: 0, bars: new Array(of).fill(0) });
    const group = groups.get(name);
    group.count += 1;
    group.bars[bar] += 1;
    sums[bar] += 1;
    total += 1;
  }
  const sorted = [...groups.values()].sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
  sorted.forEach((group, place) => { group.colour = colour(by, group.name, place); });
  return { groups: sorted, sums, total };
}
