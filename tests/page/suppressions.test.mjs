// The suppressed addresses, and the state of the recipient of an open event.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { bounce, delivery, row, until, withPage } from './support.mjs';

const complaint = (id, to) => ({ ...bounce(id, { to }), type: 'outbound.complaint' });
const dialogOf = (page) => page.getByRole('dialog', { name: 'Suppressed addresses' });
const open = (page) => page.getByRole('banner').getByRole('button', { name: 'Suppressed addresses' }).click();
const texts = async (cells) => (await cells.allInnerTexts()).map((text) => text.trim());

/** Answers instead of the server, once for each of these. */
async function answer(page, path, ...bodies) {
  await page.route(`**/page/api/${path}`, (route) => {
    const [status, body] = bodies.length > 1 ? bodies.shift() : bodies[0];
    return route.fulfill({ status, json: body });
  });
}

test('an address appears with its reason and its evidence as soon as it is suppressed', withPage({}, async (stack, page) => {
  await open(page);
  const dialog = dialogOf(page);
  await dialog.getByText('No address is suppressed.').waitFor();
  assert.equal(await dialog.getByRole('table').count(), 0);
  await stack.post('jetemail', bounce('evt_1', { to: 'Ada@Example.com' }));
  await dialog.getByText('1 address is suppressed, newest first.').waitFor();
  assert.deepEqual(await texts(dialog.getByRole('columnheader')), ['address', 'reason', 'since (UTC)', 'until (UTC)', 'provider']);
  const cells = await texts(dialog.locator('tbody tr').first().getByRole('cell'));
  assert.match(cells.join('|'), /^bounced permanently\|\d\d:\d\d:\d\d\|no end\|jetemail$/);

  const ada = dialog.getByRole('button', { name: 'ada@example.com', exact: true });
  await ada.click();
  const evidence = dialog.getByRole('list', { name: 'Evidence' }).getByRole('listitem');
  await evidence.filter({ hasText: 'bounced permanently (user unknown)' }).filter({ hasText: 'jetemail:evt_1' }).waitFor();
  assert.equal(await ada.getAttribute('aria-expanded'), 'true');

  // The row stays open, and keeps the focus, when the list is read again.
  await stack.post('jetemail', complaint('evt_2', 'ada@example.com'));
  await stack.post('jetemail', complaint('evt_3', 'grace@example.com'));
  await dialog.getByText('suppressed: complained since').waitFor();
  assert.equal(await evidence.count(), 2);
  assert.match(await dialog.locator('.evidence [aria-current]').innerText(), /complained/);
  await dialog.getByText('2 addresses are suppressed, newest first.').waitFor();
  assert.deepEqual(await texts(dialog.getByRole('rowheader')), ['grace@example.com', 'ada@example.com']);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'ada@example.com');

  await dialog.getByRole('button', { name: 'Open the event jetemail:evt_1' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('region', { name: 'Details' }).getByLabel('As received', { exact: true }).getByText('evt_1').first().waitFor();
}));

test('many announcements do not read the list once each', withPage({}, async (stack, page) => {
  let read = 0;
  page.on('request', (request) => { read += request.url().endsWith('/page/api/suppressions') ? 1 : 0; });
  for (let number = 0; number < 10; number += 1) await stack.post('jetemail', bounce(`evt_a${number}`, { to: `a${number}@example.com` }));
  await until(page, () => document.querySelector('#list').dataset.count === '10');
  assert.equal(read, 0, 'a closed list is not read');
  await open(page);
  const began = Date.now();
  for (let number = 0; number < 100; number += 1) await stack.post('jetemail', bounce(`evt_b${number}`, { to: `b${number}@example.com` }));
  await dialogOf(page).getByText('110 addresses are suppressed, newest first.').waitFor();
  const seconds = (Date.now() - began) / 1000;
  assert.ok(read <= seconds + 3, `${read} times in ${seconds} s`);
}));

test('the details of an event say whether its recipient is suppressed now', withPage({}, async (stack, page) => {
  await stack.post('emailit', [delivery('a', 'Grace@Example.com')]);
  await row(page, 'email.delivered').click();
  const opened = page.getByRole('region', { name: 'Details' });
  await opened.getByRole('heading', { name: 'Suppression of the recipient' }).waitFor();
  await opened.getByText('not suppressed').waitFor();
  await opened.getByText('No evidence').waitFor();

  await stack.post('jetemail', complaint('evt_1', 'grace@example.com'));
  await opened.getByText(/^suppressed: complained$/).waitFor();
  const evidence = opened.getByRole('list', { name: 'Evidence' });
  await evidence.getByRole('button', { name: 'Open the event jetemail:evt_1' }).click();
  await opened.getByRole('heading', { name: 'email.complained' }).waitFor();
  assert.equal(await evidence.getByRole('button').count(), 0, 'its own event is open');

  // An event without a recipient has no address to judge.
  await stack.post('emailit', 'hello');
  await row(page, 'unknown').click();
  await opened.getByRole('heading', { name: 'unknown' }).waitFor();
  assert.equal(await opened.getByRole('heading', { name: 'Suppression of the recipient' }).count(), 0);
}));

test('every reason and every kind of evidence has its words', withPage({}, async (stack, page, browser) => {
  browser.provoked = /status of 500/;
  const time = '2026-03-01T12:00:00Z';
  const reasons = ['manual', 'complaint', 'unsubscribe', 'bounce', 'listed', 'soft_bounces', 'of_another_version'];
  const suppressions = reasons.map((reason) => ({ address: `${reason}@example.com`, state: 'suppressed', reason, since: time, event: reason }));
  suppressions[5].until = '2024-05-17T12:00:00Z';
  const kinds = ['released', 'manual', 'unlisted', 'listed', 'resubscribe', 'unsubscribe', 'not_spam', 'complaint', 'soft', 'bounce', 'of_another_version'];
  const evidence = kinds.map((kind) => ({ kind, time, event: kind }));
  evidence[1].note = 'asked by telephone';
  await answer(page, 'suppressions', [200, { suppressions, total: 1234 }], [500, { error: 'DynamoDB Scan: InternalServerError' }]);
  await answer(page, 'suppression?*', [200, { ...suppressions[0], evidence }], [500, { error: 'DynamoDB GetItem: InternalServerError' }]);
  await open(page);
  const dialog = dialogOf(page);
  await dialog.getByText('1,234 addresses are suppressed. The newest 7 are listed.').waitFor();
  assert.deepEqual(await texts(dialog.locator('td.reason')), [
    'suppressed by hand', 'complained', 'unsubscribed', 'bounced permanently', 'on the provider\'s list',
    'bounced temporarily too often', 'of another version',
  ]);
  assert.deepEqual(await texts(dialog.locator('td.until')), [...Array(5).fill('no end'), '2024-05-17', 'no end']);
  await dialog.getByRole('button', { name: 'manual@example.com' }).click();
  await dialog.locator('b').getByText(/^suppressed by hand$/).waitFor();
  assert.deepEqual(await texts(dialog.locator('.evidence .kind')), [
    'released by hand', 'suppressed by hand', 'removed from the provider\'s list', 'added to the provider\'s list', 'subscribed again',
    'unsubscribed', 'took the complaint back', 'complained', 'bounced temporarily', 'bounced permanently', 'of another version',
  ]);
  await dialog.getByText('asked by telephone').waitFor();
  await dialog.getByRole('button', { name: 'complaint@example.com' }).click();
  await dialog.getByText('cannot be read: DynamoDB GetItem').waitFor();

  await page.keyboard.press('Escape');
  await open(page);
  await dialog.getByText('The list cannot be read: DynamoDB Scan').waitFor();
}));

test('the keyboard opens the list, a row and its evidence, and closes it', withPage({}, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').waitFor();
  const focused = () => page.evaluate(() => {
    const { outlineStyle } = getComputedStyle(document.activeElement);
    return [document.activeElement.id || document.activeElement.ariaLabel || document.activeElement.textContent, outlineStyle];
  });
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(), ['suppressed', 'solid']);
  await page.keyboard.press('Enter');
  const ada = dialogOf(page).getByRole('button', { name: 'ada@example.com' });
  await ada.waitFor();
  assert.deepEqual(await focused(), ['Close', 'solid']);
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(), ['ada@example.com', 'solid']);
  await page.keyboard.press('Space');
  await dialogOf(page).getByText('jetemail:evt_1').waitFor();
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(), ['Open the event jetemail:evt_1', 'solid']);
  await page.keyboard.press('/');
  assert.equal((await focused())[0], 'Open the event jetemail:evt_1', 'the keys of the page do nothing behind a dialog');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  assert.equal(await ada.getAttribute('aria-expanded'), 'false');
  assert.equal(await dialogOf(page).getByText('jetemail:evt_1').isVisible(), false);
  await page.keyboard.press('Escape');
  await dialogOf(page).waitFor({ state: 'hidden' });
  assert.equal((await focused())[0], 'suppressed');
}));

for (const width of [360, 1280]) {
  test(`at ${width} pixels nothing scrolls to the side`, withPage({ viewport: { width, height: 740 } }, async (stack, page) => {
    for (const to of [`${'long'.repeat(16)}@example.com`, `a@${'long.'.repeat(20)}example.com`, 'ada@example.com']) {
      await stack.post('jetemail', bounce(`evt_${to}`, { to }));
    }
    await row(page, 'ada@').waitFor();
    const fits = () => page.evaluate(() => [...document.querySelectorAll('html, body, .top, #suppressions, #suppressions .scroll, #opened')]
      .filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.id || part.className || part.tagName));
    assert.deepEqual(await fits(), []);
    await open(page);
    for (const name of [/^longlong/, /^a@long/]) {
      await dialogOf(page).getByRole('button', { name }).click();
    }
    await until(page, () => document.querySelectorAll('#suppressions .evidence').length === 2);
    assert.deepEqual(await fits(), []);
    const box = await dialogOf(page).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= 740, JSON.stringify(box));
    await page.keyboard.press('Escape');
    await row(page, '@long.').click();
    await page.getByRole('heading', { name: 'Suppression of the recipient' }).waitFor();
    assert.deepEqual(await fits(), []);
  }));
}
