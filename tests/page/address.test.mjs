// The address of the page has its state: a link restores it, and Back undoes each step.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { bounce, delivery, row, until, withPage } from './support.mjs';

const details = (page) => page.getByRole('region', { name: 'Details' });
const counted = (page, number) => until(page, (wanted) => document.querySelector('#list').dataset.count === String(wanted), number);

/** Opens an address as a new page, which has nothing of the old one. */
async function visit(page, address) {
  await page.goto('about:blank');
  await page.goto(address);
  await page.locator('[data-state=live]').waitFor();
}

test('a link restores the filter, the search and the opened event, also after a restart', withPage({}, async (stack, page, browser) => {
  browser.provoked = /net::ERR_/;
  for (const number of [1, 2, 3]) await stack.post('jetemail', bounce(`evt_${number}`, { to: `user${number}@example.com` }));
  await stack.post('emailit', [delivery('a', 'user1@example.com')]);
  await counted(page, 4);
  await page.getByLabel('Search').fill('user bounced');
  await page.getByRole('search').getByLabel('Provider').selectOption('jetemail');
  await page.getByRole('search').getByLabel('Type').selectOption('email.bounced');
  await row(page, 'user2@').click();
  await details(page).getByRole('heading', { name: 'email.bounced' }).waitFor();
  const link = page.url();
  assert.equal(new URL(link).search, '', 'the state is in the fragment, which browsers do not send');
  assert.ok(!link.includes(new URL(stack.page).searchParams.get('token')), link);

  const restored = async () => {
    await details(page).getByText('jetemail:evt_2', { exact: true }).first().waitFor();
    await counted(page, 3);
    assert.equal(await page.getByLabel('Search').inputValue(), 'user bounced');
    assert.equal(await page.getByRole('search').getByLabel('Provider').inputValue(), 'jetemail');
    assert.equal(await page.getByRole('search').getByLabel('Type').inputValue(), 'email.bounced');
    await page.locator('.row[aria-selected=true]').filter({ hasText: 'user2@' }).waitFor();
    assert.equal(page.url(), link);
  };
  await visit(page, link);
  await restored();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await stack.stop();
  await stack.start();
  await visit(page, link);
  await restored();

  // The URL with the token restores a link, too: a redirect keeps the fragment.
  await page.context().clearCookies();
  await visit(page, stack.page + new URL(link).hash);
  await restored();
}));

test('an event that the page does not list is read from the table', withPage({}, async (stack, page, browser) => {
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').click();
  await details(page).getByText('jetemail:evt_1', { exact: true }).first().waitFor();
  const link = page.url();
  await page.route('**/page/api/entries*', (route) => route.fulfill({ json: { entries: [], next: null, problem: null } }));
  await visit(page, link);
  await details(page).getByLabel('As received', { exact: true }).getByText('evt_1').first().waitFor();
  await counted(page, 0);

  browser.provoked = /status of 404/;
  await visit(page, `${stack.url}/#partition=jetemail%23gone&key=gone`);
  await details(page).getByText('The table has no such event').waitFor();
  await details(page).getByRole('button', { name: 'Close' }).click();
  assert.equal(page.url(), `${stack.url}/`);
}));

test('a request that was not accepted has a link until the restart', withPage({}, async (stack, page, browser) => {
  browser.provoked = /net::ERR_/;
  await stack.post('jetemail', bounce('evt_1'), { signed: 'something else' });
  await page.getByRole('button', { name: /^Not accepted/ }).click();
  await row(page, 'signature_mismatch').click();
  const link = page.url();
  await visit(page, link);
  await details(page).getByText('made with another secret').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Not accepted/ }).getAttribute('aria-pressed'), 'true');
  await stack.stop();
  await stack.start();
  await visit(page, link);
  await details(page).getByText('Requests that were not accepted are kept only while mailhooks runs').waitFor();
}));

test('Back and Forward go through what was opened and filtered', withPage({}, async (stack, page) => {
  for (const number of [1, 2]) await stack.post('jetemail', bounce(`evt_${number}`, { to: `user${number}@example.com` }));
  await counted(page, 2);
  const shows = (text) => details(page).locator('.facts').first().getByText(text).first().waitFor();
  await row(page, 'user1@').click();
  await shows('evt_1');
  await row(page, 'user2@').click();
  await shows('evt_2');
  await page.keyboard.press('Escape');
  // A search is one step, however many letters it has.
  await page.getByRole('search').getByLabel('Action').selectOption('suppress');
  await page.getByLabel('Search').pressSequentially('user2@example.com');
  await counted(page, 1);
  await until(page, () => location.hash.includes('q=user2%40example.com'));

  await page.goBack();
  await counted(page, 2);
  assert.equal(await page.getByLabel('Search').inputValue(), '');
  await page.goBack();
  await shows('evt_2');
  await page.goBack();
  await shows('evt_1');
  await page.goBack();
  await details(page).waitFor({ state: 'hidden' });
  await page.goForward();
  await shows('evt_1');

  // The arrow keys do not fill the history.
  const before = await page.evaluate(() => history.length);
  await page.locator('#list').focus();
  for (let step = 0; step < 20; step += 1) await page.keyboard.press(step % 2 ? 'ArrowUp' : 'ArrowDown');
  assert.ok(await page.evaluate(() => history.length) <= before);
}));

test('an address that makes no sense shows the list', withPage({}, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1'));
  for (const hash of ['#view=other', '#type=gone.type', '#since=x&until=y', '#since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', '#%', '#<img src=x>']) {
    await visit(page, `${stack.url}/${hash}`);
    if (hash.includes('type')) await page.getByRole('heading', { name: 'No event matches gone.type' }).waitFor();
    else await counted(page, 1);
  }
}));
