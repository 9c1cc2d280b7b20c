// The chart: stacked bars of the listed entries over time, by provider or by type.

import { hue, ofProvider } from './colours.js';
import { drawn, element, replace } from './dom.js';
import { counted, number } from './format.js';

const MINUTE = 60000;
const SPANS = { '15 min': 15 * MINUTE, '1 h': 60 * MINUTE, '24 h': 24 * 60 * MINUTE, all: null };
const BARS = 60;
const HEIGHT = 56;

/** The group of entries without a type or provider: requests that were not accepted. */
const NAMELESS = 'not accepted';

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

export class Chart {
  #parts;
  #entries = [];
  #span = '15 min';
  #by = 'provider';
  #picked;

  /** `picked(by, name)` is called when a name in the legend is clicked. */
  constructor(place, picked) {
    this.#picked = picked;
    const choice = (names, label, current, choose) => element(
      'div', { class: 'choice', role: 'group', 'aria-label': label },
      ...names.map((name) => element('button', {
        type: 'button', 'aria-pressed': String(name === current), onclick: (event) => {
          for (const button of event.target.parentElement.children) button.setAttribute('aria-pressed', String(button === event.target));
          choose(name);
          this.draw();
        },
      }, name)),
    );
    this.#parts = {
      bars: drawn('svg', { class: 'bars', role: 'img', viewBox: `0 0 ${BARS} ${HEIGHT}`, preserveAspectRatio: 'none' }),
      ends: element('div', { class: 'ends', 'aria-hidden': 'true' }),
      legend: element('ul', { class: 'legend' }),
    };
    place.append(
      element('div', { class: 'picture' }, this.#parts.bars, this.#parts.ends),
      element('div', { class: 'key' },
        element('div', { class: 'choices' },
          choice(['provider', 'type'], 'Group by', this.#by, (by) => { this.#by = by; }),
          choice(Object.keys(SPANS), 'Span', this.#span, (span) => { this.#span = span; })),
        this.#parts.legend),
    );
  }

  show(entries) {
    this.#entries = entries;
    this.draw();
  }

  draw() {
    const now = Date.now();
    const oldest = this.#entries.length > 0 ? Date.parse(this.#entries.at(-1).at) : now;
    const length = SPANS[this.#span] ?? Math.max(15 * MINUTE, now - oldest);
    const { groups, most, total } = count(this.#entries, this.#by, now - length, now);
    this.#drawBars(groups, most);
    const form = length > 24 * 60 * MINUTE || new Date(now - length).getDate() !== new Date(now).getDate() ? DAY : CLOCK;
    replace(this.#parts.ends, element('span', {}, form.format(now - length)), element('span', {}, most > 0 ? `highest bar ${number(most)}` : ''), element('span', {}, 'now'));
    const listed = groups.map(({ name, count: each }) => `${name} ${each}`).join(', ');
    this.#parts.bars.setAttribute('aria-label', `${counted(total, 'entry', 'entries')} by ${this.#by}: ${listed}`);
    replace(this.#parts.legend, groups.map((group) => element('li', {}, element('button', {
      type: 'button', title: `Show only ${group.name}`, onclick: () => this.#picked(this.#by, group.name),
    }, element('i', { class: `dot ${group.colour}` }), group.name, element('b', {}, number(group.count))))));
  }

  #drawBars(groups, most) {
    const rectangles = [];
    const tops = new Array(BARS).fill(HEIGHT);
    for (const group of groups) {
      group.bars.forEach((value, bar) => {
        if (value === 0) return;
        const height = Math.max(1.5, (value / most) * (HEIGHT - 4));
        tops[bar] -= height;
        rectangles.push(drawn('rect', { class: group.colour, x: bar + 0.1, y: tops[bar], width: 0.8, height },
          drawn('title', {}, `${group.name}: ${value}`)));
      });
    }
    replace(this.#parts.bars, rectangles);
  }
}

function colour(by, name, place) {
  if (name === NAMELESS) return 'nameless';
  return by === 'provider' ? ofProvider(name) : hue(place);
}

/** The groups, largest first, each with a count per bar; the count of the highest bar; and the total. */
function count(entries, by, from, to) {
  const groups = new Map();
  const sums = new Array(BARS).fill(0);
  let total = 0;
  for (const entry of entries) {
    const at = Date.parse(entry.at);
    if (at < from) continue;
    const bar = Math.min(BARS - 1, Math.floor(((at - from) / (to - from)) * BARS));
    const name = entry[by] ?? NAMELESS;
    if (!groups.has(name)) groups.set(name, { name, count: 0, bars: new Array(BARS).fill(0) });
    const group = groups.get(name);
    group.count += 1;
    group.bars[bar] += 1;
    sums[bar] += 1;
    total += 1;
  }
  const sorted = [...groups.values()].sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
  sorted.forEach((group, place) => { group.colour = colour(by, group.name, place); });
  return { groups: sorted, most: Math.max(0, ...sums), total };
}
