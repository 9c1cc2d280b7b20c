// The button that finds stored events beyond those that the page has.

import * as api from './api.js';
import { counted } from './format.js';
import { say } from './said.js';
import { parse } from './search.js';

/** `state()` returns the filter, and `found(entries)` takes the found ones and returns how many are new. */
export function older(button, state, found) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    say(await search(state(), found).catch((error) => `Older events cannot be read: ${error.message}.`));
    button.disabled = false;
    button.focus();
  });
}

async function search(state, found) {
  const { entries, is_partial: isPartial } = await api.find(query(state));
  const number = found(entries);
  const said = number === 0 ? 'No older event is found.' : `${counted(number, 'older event')} found.`;
  return isPartial ? `${said} There are more: choose a time span on the chart, or an exact recipient, message or id.` : said;
}

/** What the server looks for. The page itself then selects by the other words. */
function query({ text, provider, type, since, until }) {
  const { words, exact } = parse(text);
  const wanted = { provider, type, since, until, ...Object.fromEntries(exact) };
  const address = words.find((word) => /^[^@]+@[^@]+$/.test(word));
  const id = words.find((word) => /^[a-z]+:\S+$/.test(word));
  if (address && !wanted.recipient) wanted.recipient = address;
  if (id && !wanted.id) wanted.id = id;
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
}
