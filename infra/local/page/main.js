// The page: stores the server's entries, and updates the list, the chart, the counts and the address.

import { Address } from './address.js';
import * as api from './api.js';
import { Chart, NAMELESS } from './chart.js';
import * as colours from './colours.js';
import { Connection } from './connection.js';
import { Empty } from './empty.js';
import { Entries } from './entries.js';
import { Opened } from './event_detail.js';
import { follow } from './feed.js';
import { Filters } from './filters.js';
import { counted, number } from './format.js';
import { keys } from './keys.js';
import { List } from './list.js';
import { Older } from './older.js';
import { spoken } from './row.js';
import { say } from './said.js';
import { samples } from './samples.js';
import * as stacks from './stack.js';
import { seldom } from './seldom.js';
import { Suppressions } from './suppressions.js';

/** Shortest intervals between updates of chart and counts, and between messages to screen readers, in milliseconds. */
const CHART_EVERY = 250;
const SPEAK_EVERY = 2000;

/** The shortest interval between two readings of the suppression list, in milliseconds. */
const READ_EVERY = 1000;

const find = (id) => document.getElementById(id);
const entries = new Entries();
const connection = new Connection(find('connection'));
let unseen = 0;
let unspoken = [];
let about = { stack: null, types: [] };
let connected = false;
let complete = false;
let silent = false;

/** The entry of a permalink, until it is found among the entries. */
let linked = null;

const address = new Address(restore);
const filters = new Filters(find('filters'), find('views'), (typed) => {
  select();
  if (typed) address.replace(state());
  else address.push(state());
});
const opened = new Opened(find('opened'), {
  closed() {
    find('main').classList.remove('divided');
    linked = null;
    if (!silent) address.push(state());
    find('list').focus();
  },
  opened: (entry) => visit(entry),
  eventOf: (id) => entries.event(id),
  only(filter) {
    // In a narrow window the details hide the list.
    if (!find('list').checkVisibility()) silently(() => opened.close());
    filters.only(filter);
  },
});
const list = new List(find('list'), {
  chosen(entry) {
    if (!opened.isOpen) return;
    open(entry);
    address.replace(state());
  },
  opened: (entry) => visit(entry),
});
const chart = new Chart(find('chart'), {
  named(by, name) {
    if (name === NAMELESS) filters.change({ view: 'refused' });
    else filters.change({ [by]: filters.state[by] === name ? '' : name });
  },
  picked: (since, until) => filters.change({ since: new Date(since).toISOString(), until: new Date(until).toISOString() }),
  cleared: () => filters.change({ since: '', until: '' }),
});
const empty = new Empty(find('empty'), () => {
  filters.clear();
  find('search').focus();
});
const older = new Older(find('older'), {
  state: () => filters.state,
  oldest: () => entries.since,
  found: (given) => {
    const number = entries.addFound(given);
    show(0);
    return number;
  },
});
const suppressions = new Suppressions(find('suppressions'), find('suppressed'), (id) => {
  const entry = entries.event(id);
  return entry ? () => visit(entry) : null;
});

const readAddresses = seldom(READ_EVERY, () => {
  suppressions.refresh();
  opened.refresh();
});
const speak = seldom(SPEAK_EVERY, () => {
  say(unspoken.length === 1 ? spoken(unspoken[0]) : counted(unspoken.length, 'new entry', 'new entries'));
  unspoken = [];
});
const summarize = seldom(CHART_EVERY, () => {
  chart.show(entries.charted);
  filters.count(entries.counts);
  filters.offer('type', [...new Set([...about.types, ...entries.types])].sort());
  find('shown').textContent = `${number(entries.listed.length)} of ${counted(entries.size, 'entry', 'entries')}, times in UTC`;
});

/** Does something without a new step in the history. */
function silently(act) {
  silent = true;
  act();
  silent = false;
}

function state() {
  return { filter: filters.state, link: opened.link };
}

/** Shows what the address says. */
function restore({ filter, link }) {
  const before = JSON.stringify(filters.state);
  // A deployed stack has events only.
  filters.state = about.stack ? { ...filter, view: 'webhooks' } : filter;
  if (JSON.stringify(filters.state) !== before) select();
  if (link === null) silently(() => opened.close());
  else if (link.partition) open(entries.linked(link) ?? link);
  linked = link;
  seek();
}

/** Selects the entry of a permalink as soon as the page has it. A request can be opened only then. */
function seek() {
  const entry = linked && entries.linked(linked);
  if (entry) {
    if (linked.request) open(entry);
    list.reveal(entry);
    linked = null;
  } else if (complete && linked?.request) {
    find('main').classList.add('divided');
    opened.lack(linked);
    linked = null;
  }
}

/** Opens an entry, as a step that Back undoes, and moves the focus to it. */
function visit(entry) {
  const done = open(entry).then(() => opened.focus());
  list.reveal(entry);
  address.push(state());
  return done;
}

function open(entry) {
  linked = null;
  find('main').classList.add('divided');
  return opened.open(entry);
}

function select() {
  entries.select(filters.state);
  chart.choose(filters.state);
  list.toTop();
  unseen = 0;
  show(0);
}

function show(above) {
  if (above > 0) unseen = list.isAtTop ? 0 : unseen + above;
  find('newer').hidden = unseen === 0;
  find('newer').textContent = `${number(unseen)} newer ↑`;
  older.enabled = complete;
  empty.show(entries.listed.length === 0, complete, filters.nothing);
  list.show(entries.listed, entries.topics, above);
  summarize();
}

function clear() {
  entries.clear();
  complete = false;
  show(0);
  readAddresses();
}

const heard = {
  hello() {
    connected = true;
    connection.state = 'live';
    clear();
  },
  entries(given, isLive) {
    const added = entries.add(given);
    show(isLive ? added.above : 0);
    seek();
    if (!isLive || added.entries.length === 0) return;
    unspoken.push(...added.entries);
    speak();
    // Everything that can suppress or release an address is announced on this topic. A deployed stack tells of its events only.
    if (about.stack || added.entries.some((entry) => entry.kind === 'announcement' && entry.topic === 'actions')) readAddresses();
  },
  complete() {
    complete = true;
    show(0);
    seek();
  },
  problem(text) {
    find('problem').hidden = !text;
    find('problem').textContent = `Some stored events cannot be listed: ${text}`;
  },
  oldest: () => entries.oldest,
  missed() {
    clear();
    say('Too many entries arrived at once. Reloading the list.');
  },
  trouble(text) {
    connection.trouble = text;
  },
  lost() {
    connection.state = connected ? 'lost' : 'connecting';
  },
};

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
keys(opened, find('list'), find('search'));

Promise.all([api.about(), samples(find('samples'), find('send'))]).then(([told, providers]) => {
  about = told;
  connection.program = stacks.show(about, find);
  empty.isDeployed = about.stack !== null;
  older.providers = providers;
  colours.list(providers);
  filters.offer('provider', providers);
  empty.providers = providers;
  restore(address.read());
  follow(heard);
}).catch(heard.lost);
