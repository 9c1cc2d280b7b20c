// Reads from the server: new entries as server-sent events, older ones page by page.

/**
 * Follows the server. `heard` has one method per message: `hello` (start again), `entries` (newest first, live or not), `lost` (no
 * connection), `missed` (too fast, start again), `problem` (why there are no older entries) and `oldest` (where to continue).
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

/** Reads older and older entries, to the end. */
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

/** The server's answer as JSON; what it says in an error otherwise. */
export async function ask(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json().catch(() => ({ error: `answered ${answer.status}` }));
  if (!answer.ok) throw new Error(body.error ?? `answered ${answer.status}`);
  return body;
}
