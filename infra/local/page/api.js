// All requests of the page to its server.
//
// An event is named by its keys in the table, `{ partition, key }`.

/** The stream of new entries, as server-sent events. */
export const stream = () => new EventSource('/page/api/stream');

/** A page of entries, newest first: the newest ones, or those before this one. */
export const entries = (before) => ask(`/page/api/entries${before === null ? '' : `?before=${before}`}`);

/** An event with everything known about it. */
export const event = (keys) => ask(`/page/api/event?${new URLSearchParams(keys)}`);

/** The address of the provider's exact bytes of an event. */
export const bytes = (keys) => `/page/api/raw?${new URLSearchParams(keys)}`;

/** A request that was not accepted, by the number of its entry. */
export const request = (seq) => ask(`/page/api/request?seq=${seq}`);

/** The suppressed addresses. */
export const suppressions = () => ask('/page/api/suppressions');

/** Whether an address is suppressed, and why. */
export const suppression = (address) => ask(`/page/api/suppression?${new URLSearchParams({ address })}`);

/** The stack that the page is of: `stack`, its name if it is deployed, else null; whether it `keeps_list`; all event `types`. */
export const about = () => ask('/page/api/about');

/** Stored events that match, newest first, beyond those that the page has. */
export const find = (query) => ask(`/page/api/find?${new URLSearchParams(query)}`);

/** Announces an event once more on its topics. */
export const announce = (keys) => ask(`/page/api/announce?${new URLSearchParams(keys)}`, { method: 'POST' });

/** The samples that can be sent. */
export const samples = () => ask('/page/api/samples');

/** Sends a sample. */
export const send = (order) => ask('/page/api/samples', {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order),
});

/** Returns the server's answer, parsed from JSON. Throws the message of an error answer, with its status. */
async function ask(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json().catch(() => ({ error: `answered ${answer.status}` }));
  if (!answer.ok) throw Object.assign(new Error(body.error ?? `answered ${answer.status}`), { status: answer.status });
  return body;
}
