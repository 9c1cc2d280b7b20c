// The page: stores the server's entries, and updates the list, the chart and the counts.

import { Chart } from './chart.js';
import * as colours from './colours.js';
import { element, replace } from './dom.js';
import { Entries } from './entries.js';
import { follow } from './feed.js';
import { List } from './list.js';
import { Opened } from './event_detail.js';
import { spoken } from './row.js';
import { samples } from './samples.js';
import { Suppressions } from './suppressions.js';
import { counted, number } from './format.js';

/** Shortest intervals between updates of chart and counts, and between messages to screen readers, in milliseconds. */
const CHART_EVERY = 250;
const SPEAK_EVERY = 2000;

/** The shortest interval between two readings of the suppression list, in milliseconds. */
const READ_EVERY = 1000;

/** The interval at which the chart moves on without new entries, in milliseconds. */
const SLIDE_EVERY = 10000;

const ACTIONS = ['suppress', 'count', 'investigate', 'none'];

const find = (id) => document.getElementById(id);
const entries = new Entries();
const filters = find('filters');
let unseen = 0;
let unspoken = [];
let connected = false;

const opened = new Opened(find('opened'), () => {
  find('main').classList.remove('divided');
  find('list').focus();
}, (id) => entries.event(id));
const list = new List(find('list'), {
  chosen: (entry) => { if (opened.isOpen) open(entry); },
  opened: (entry) => open(entry).then(() => opened.focus()),
});
const chart = new Chart(find('chart'), (by, name) => {
  const field = filters.elements[by];
  if (![...field.options].some((option) => option.value === name)) return;
  field.value = field.value === name ? '' : name;
  select();
});

const suppressions = new Suppressions(find('suppressions'), find('suppressed'), (id) => {
  const entry = entries.event(id);
  return entry ? () => open(entry).then(() => opened.focus()) : null;
});

const readAddresses = seldom(READ_EVERY, () => {
  suppressions.refresh();
  opened.refresh();
});
const speak = seldom(SPEAK_EVERY, () => {
  find('said').textContent = unspoken.length === 1 ? spoken(unspoken[0]) : `${counted(unspoken.length, 'new entry', 'new entries')}`;
  unspoken = [];
});
const summarize = seldom(CHART_EVERY, () => {
  chart.show(entries.listed);
  for (const button of document.querySelectorAll('[data-view]')) {
    button.querySelector('.count').textContent = number(entries.counts[button.dataset.view]);
  }
  offer(filters.elements.type, [...entries.types].sort());
  find('shown').textContent = `${number(entries.listed.length)} of ${counted(entries.size, 'entry', 'entries')}`;
  find('empty').querySelector('h2').textContent = entries.size > 0 ? 'No matching entries' : 'Waiting for the first webhook';
});

function open(entry) {
  find('main').classList.add('divided');
  return opened.open(entry);
}

function select() {
  const view = document.querySelector('[data-view][aria-pressed=true]').dataset.view;
  entries.select(view, Object.fromEntries(new FormData(filters)));
  list.toTop();
  unseen = 0;
  show(0);
}

function show(above) {
  if (above > 0) unseen = list.isAtTop ? 0 : unseen + above;
  find('newer').hidden = unseen === 0;
  find('newer').textContent = `${number(unseen)} newer ↑`;
  find('empty').hidden = entries.listed.length > 0;
  list.show(entries.listed, entries.topics, above);
  summarize();
}

const heard = {
  hello() {
    connected = true;
    connection('live');
    entries.clear();
    show(0);
    readAddresses();
  },
  entries(given, isLive) {
    const added = entries.add(given);
    show(isLive ? added.above : 0);
    if (!isLive || added.entries.length === 0) return;
    unspoken.push(...added.entries);
    speak();
    // Everything that can suppress or release an address is announced on this topic.
    if (added.entries.some((entry) => entry.kind === 'announcement' && entry.topic === 'actions')) readAddresses();
  },
  problem(text) {
    find('problem').hidden = !text;
    find('problem').textContent = `Some stored events cannot be listed: ${text}`;
  },
  oldest: () => entries.oldest,
  missed() {
    entries.clear();
    show(0);
    readAddresses();
    find('said').textContent = 'Too many entries arrived at once. Reloading the list.';
  },
  lost() {
    connection(connected ? 'lost' : 'connecting');
  },
};

function connection(state) {
  find('connection').textContent = { live: 'live', lost: 'no connection: is mailhooks dev running?', connecting: 'connecting' }[state];
  find('connection').dataset.state = state;
}

/** Limits `act` to one call per `pause` milliseconds. The first call runs immediately. */
function seldom(pause, act) {
  let [waiting, again] = [false, false];
  const call = () => {
    again = waiting;
    if (waiting) return;
    waiting = true;
    act();
    setTimeout(() => {
      waiting = false;
      if (again) call();
    }, pause);
  };
  return call;
}

function offer(field, names) {
  const [chosen, every] = [field.value, field.options[0]];
  if ([...field.options].slice(1).every((option, place) => option.value === names[place]) && field.options.length === names.length + 1) return;
  replace(field, every, names.map((name) => element('option', {}, name)));
  field.value = names.includes(chosen) ? chosen : '';
}

for (const button of document.querySelectorAll('[data-view]')) {
  button.addEventListener('click', () => {
    for (const other of document.querySelectorAll('[data-view]')) other.setAttribute('aria-pressed', String(other === button));
    select();
  });
}
filters.addEventListener('input', select);
filters.addEventListener('submit', (event) => event.preventDefault());
filters.addEventListener('reset', () => setTimeout(select));
find('search').addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' && event.key !== 'ArrowDown') return;
  if (event.key === 'Escape' && find('search').value !== '') return;
  event.preventDefault();
  find('list').focus();
});
find('newer').addEventListener('click', () => {
  list.toTop();
  find('list').focus();
});
find('list').addEventListener('scroll', () => {
  if (unseen > 0 && list.isAtTop) {
    unseen = 0;
    find('newer').hidden = true;
  }
});
document.addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) return;
  if (event.key === 'Escape' && event.target !== find('search')) opened.close();
  // If nothing has the focus, the arrow keys move it to the list.
  if (event.target === document.body && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    find('list').focus();
  }
  const isTyping = event.target.matches('input, select, textarea');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  find('search').focus();
});
setInterval(() => chart.draw(), SLIDE_EVERY);

offer(filters.elements.action, ACTIONS);
samples(find('samples'), find('send')).then((providers) => {
  colours.list(providers);
  offer(filters.elements.provider, providers);
  replace(find('empty'),
    element('h2', {}, 'Waiting for the first webhook'),
    element('p', {}, 'Send a sample, or configure a provider to send to one of these URLs. If you use a tunnel, replace the address with its host name.'),
    element('ul', {}, ...providers.map((name) => element('li', {}, element('code', {}, `${location.origin}/webhooks/${name}`)))));
  follow(heard);
}).catch(heard.lost);
