// Reads entries from the server: new ones as server-sent events, older ones page by page.

/**
 * Follows the server's events. `heard` has these methods: `hello` (start over), `entries` (newest first, live or not), `lost` (no
 * connection), `missed` (entries were lost, start over), `problem` (why older entries are missing), `oldest` (where to continue).
 */
export function follow(heard) {
  const source = new EventSource('/page/api/stream');
  let run = 0;
  let reading = Promise.resolve();
  const read = (before) => {
    const mine = run;
    reading = reading.then(() => older(before, heard, () => mine === run)).catch(heard.lost);
  };
  const begin = () => {
    run += 1;
    read(() => null);
  };
  source.addEventListener('hello', () => {
    heard.hello();
    begin();
  });
  source.addEventListener('entries', (event) => heard.entries(JSON.parse(event.data).reverse(), true));
  source.addEventListener('history', () => read(heard.oldest));
  source.addEventListener('gap', () => {
    heard.missed();
    begin();
  });
  source.addEventListener('error', () => heard.lost());
}

/** Reads all older entries, page by page. */
async function older(from, heard, wanted) {
  let before = from();
  while (wanted()) {
    const page = await ask(`/page/api/entries${before === null ? '' : `?before=${before}`}`);
    if (!wanted()) return;
    heard.entries(page.entries, false);
    heard.problem(page.problem);
    if (page.next === null) return;
    before = page.next;
  }
}

/** Returns the server's answer, parsed from JSON. Throws the message of an error answer. */
export async function ask(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json().catch(() => ({ error: `answered ${answer.status}` }));
  if (!answer.ok) throw new Error(body.error ?? `answered ${answer.status}`);
  return body;
}
