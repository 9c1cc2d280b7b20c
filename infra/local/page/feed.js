// Reads entries from the server: new ones as they come, older ones page by page.

import * as api from './api.js';

/**
 * Follows the server's events. `heard` has these methods: `hello` (start over), `entries` (newest first, live or not), `lost` (no
 * connection), `missed` (entries were lost, start over), `problem` (why older entries are missing), `oldest` (where to continue),
 * `complete` (every entry that the server keeps was given), `trouble` (why new events cannot be read now, or null).
 */
export function follow(heard) {
  const source = api.stream();
  let run = 0;
  let hasHistory = false;
  let reading = Promise.resolve();
  const read = (before) => {
    const mine = run;
    reading = reading.then(() => older(before, heard, () => mine === run)).then((all) => {
      if (all && hasHistory && mine === run) heard.complete();
    }).catch(heard.lost);
  };
  const begin = () => {
    run += 1;
    read(() => null);
  };
  source.addEventListener('hello', (event) => {
    hasHistory = JSON.parse(event.data).history_read;
    heard.hello();
    begin();
  });
  source.addEventListener('entries', (event) => heard.entries(JSON.parse(event.data).reverse(), true));
  source.addEventListener('history', () => {
    hasHistory = true;
    read(heard.oldest);
  });
  source.addEventListener('trouble', (event) => heard.trouble(JSON.parse(event.data).problem));
  source.addEventListener('gap', () => {
    heard.missed();
    begin();
  });
  source.addEventListener('error', () => heard.lost());
}

/** Reads all older entries, page by page. Returns whether it came to the last one. */
async function older(from, heard, wanted) {
  let before = from();
  while (wanted()) {
    const page = await api.entries(before);
    if (!wanted()) return false;
    heard.entries(page.entries, false);
    heard.problem(page.problem);
    if (page.next === null) return true;
    before = page.next;
  }
  return false;
}
