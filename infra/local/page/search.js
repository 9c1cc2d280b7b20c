// What is searched for: words in any order, which all must occur, and exact values such as `recipient:ada@example.com`.

const EXACT = /^(recipient|message|id):(.+)$/i;

/** The members of an entry in which words are searched. */
const SEARCHED = ['recipient', 'id', 'type', 'word', 'detail', 'message', 'reason', 'outcome', 'topic', 'path', 'provider', 'action'];

/** Parses a search. Words and values keep their case, which the server distinguishes in ids. */
export function parse(text) {
  const terms = text.split(/\s+/).filter(Boolean);
  const search = { words: [], exact: [] };
  for (const term of terms) {
    const [, name, value] = EXACT.exec(term) ?? [];
    if (name) search.exact.push([name.toLowerCase(), value]);
    else search.words.push(term);
  }
  return { ...search, folded: { words: search.words.map(fold), exact: search.exact.map(([name, value]) => [name, fold(value)]) } };
}

/** The search for entries with exactly this value. A value with a space cannot be one term, so its words are searched. */
export function exactly(name, value) {
  return /\s/.test(value) ? value : `${name}:${value}`;
}

/** Whether an entry has all words and all exact values of a search, in any case. */
export function matches({ folded: { words, exact } }, entry) {
  return exact.every(([name, value]) => is(entry[name], value)) && (words.length === 0 || has(entry, words));
}

function fold(text) {
  return text.toLowerCase();
}

function has(entry, words) {
  entry.searched ??= fold(SEARCHED.map((name) => entry[name]).filter(Boolean).join('\n'));
  return words.every((word) => entry.searched.includes(word));
}

/** Whether a value is the wanted one. The server shortens long values and ends them with an ellipsis. */
function is(value, wanted) {
  const known = value === undefined || value === null ? undefined : fold(value);
  return known === wanted || (known?.endsWith('…') === true && wanted.startsWith(known.slice(0, -1)));
}
