// New entries appear at once, can be filtered, and are still shown after a restart.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { bounce, delivery, row, until, withPage } from './support.mjs';

test('webhooks appear without a reload, new ones, duplicates and refused ones', withPage({}, async (stack, page) => {
  await page.getByRole('heading', { name: 'Waiting for the first webhook' }).waitFor();
  await page.getByText(`${stack.url}/webhooks/getmailer`).waitFor();
  await page.evaluate(() => { window.isTheFirst = true; });

  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced', 'jetemail', 'ada@example.com', 'suppress', '200', 'new', 'ms', 'bounces').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Waiting' }).isVisible(), false);

  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced', 'duplicate').waitFor();

  const refused = await stack.post('jetemail', bounce('evt_2'), { signed: 'something else' });
  assert.equal(refused.status, 503);
  await row(page, 'signature_mismatch', '503', 'refused', 'made with another secret').waitFor();
  await stack.post('jetemail', '{}', { path: '/webhook/jetemail/typo' });
  await row(page, '/webhook/jetemail/typo', '404').waitFor();

  // For a batch, each event shows whether it was known.
  await stack.post('emailit', [delivery('a', 'first@example.com')]);
  await stack.post('emailit', [delivery('a', 'first@example.com'), delivery('b', 'second@example.com')]);
  await row(page, 'second@example.com', 'new').waitFor();
  assert.deepEqual(await row(page, 'first@example.com').locator('.outcome').allTextContents(), ['duplicate', 'new']);
  await stack.post('emailit', []);
  await row(page, 'accepted', 'contains no events').waitFor();

  await until(page, () => [...document.querySelectorAll('[data-view] .count')].map((count) => count.textContent).join() === '8,3,2');
  await until(page, () => document.querySelector('#said').textContent !== '');
  assert.equal(await page.evaluate(() => window.isTheFirst), true);
}));

test('filters and views say what is listed, and the chart counts that', withPage({}, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1'));
  await stack.post('emailit', [delivery('a', 'grace@example.com'), delivery('b', 'b@example.com')]);
  await stack.post('jetemail', bounce('evt_2'), { signed: 'something else' });
  const rows = page.locator('#list .row');
  const listed = async (number) => until(page, (wanted) => document.querySelector('#list').dataset.count === String(wanted)
    && document.querySelectorAll('#list .row').length === wanted, number);
  const legend = page.locator('.legend li');
  await listed(4);
  await legend.filter({ hasText: 'jetemail2' }).waitFor();
  await legend.filter({ hasText: 'emailit2' }).waitFor();
  assert.match(await page.locator('.bars').getAttribute('aria-label'), /^4 entries by provider: emailit 2, jetemail 2$/);
  assert.ok(await page.locator('.bars rect').count() >= 2);

  const search = page.getByRole('search');
  await search.getByLabel('Provider').selectOption('emailit');
  await listed(2);
  await legend.filter({ hasText: 'jetemail' }).waitFor({ state: 'detached' });
  await page.getByLabel('Search').fill('GRACE@');
  await listed(1);
  assert.match(await rows.first().textContent(), /grace@example\.com/);
  await page.getByLabel('Search').fill('in no entry');
  await listed(0);
  await page.getByRole('heading', { name: 'No event matches “in no entry”' }).waitFor();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await listed(4);

  await search.getByLabel('Type').selectOption('email.bounced');
  await listed(1);
  await search.getByLabel('Type').selectOption('');
  await search.getByLabel('Action').selectOption('none');
  await listed(2);
  // The filter also applies to new entries.
  await stack.post('jetemail', bounce('evt_3'));
  await stack.post('emailit', [delivery('c', 'c@example.com')]);
  await listed(3);
  await page.getByRole('button', { name: 'Clear', exact: true }).click();

  await page.getByRole('button', { name: /^Not accepted/ }).click();
  await listed(1);
  await page.getByRole('button', { name: /^Announced/ }).click();
  await listed(4);
  await page.getByRole('button', { name: /^Webhooks/ }).click();
  await listed(6);
  await page.getByRole('group', { name: 'Group by' }).getByText('type').click();
  await legend.filter({ hasText: 'email.delivered3' }).getByRole('button').click();
  await listed(3);
  for (const span of ['15 min', '24 h', 'all']) {
    await page.getByRole('group', { name: 'Span' }).getByText(span, { exact: true }).click();
    assert.match(await page.locator('.bars').getAttribute('aria-label'), /email\.delivered 3/);
  }
}));

test('a sample is sent, twice, and wrongly signed', withPage({}, async (stack, page) => {
  await page.getByRole('button', { name: 'Send a sample' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send a sample' });
  await dialog.getByLabel('Provider').selectOption('getmailer');
  await dialog.getByLabel('Event').selectOption('email-complained');
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByText('Answered 200: {"duplicates":0,"received":1,"recorded":1}').waitFor();
  await row(page, 'getmailer', 'email.complained', 'new', 'complaints').waitFor();
  await dialog.getByRole('button', { name: 'Send twice' }).click();
  await row(page, 'getmailer', 'email.complained', 'duplicate').waitFor();
  assert.equal(await row(page, 'new').count(), 2, 'its ids are fresh each time');
  await dialog.getByRole('button', { name: 'Send with wrong signature' }).click();
  await dialog.getByText('Answered 401').waitFor();
  await row(page, 'getmailer', 'signature_mismatch', '401').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
}));

test('a restart of the stack is told, and what it keeps is there again', withPage({}, async (stack, page, browser) => {
  browser.provoked = /net::ERR_/;
  await stack.post('jetemail', bounce('evt_1'));
  await stack.post('jetemail', bounce('evt_2'), { signed: 'something else' });
  await row(page, 'signature_mismatch').waitFor();
  await stack.stop();
  await page.locator('[data-state=lost]').waitFor();
  await stack.start();
  await page.locator('[data-state=live]').waitFor();
  await row(page, 'email.bounced', 'ada@example.com', 'stored', 'bounces').waitFor();
  assert.equal(await row(page, 'signature_mismatch').count(), 0, 'what was refused is not kept');
  await stack.post('jetemail', bounce('evt_3'));
  await row(page, 'email.bounced', 'new').waitFor();
}));
