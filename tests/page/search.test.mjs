// What a search finds, what is said if it finds nothing, and what the links of an opened event search for.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { bounce, delivery, row, until, withPage } from './support.mjs';

const details = (page) => page.getByRole('region', { name: 'Details' });
const counted = (page, number) => until(page, (wanted) => document.querySelector('#list').dataset.count === String(wanted), number);

test('words in any order and any case, and exact values', withPage({}, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1', { to: 'ada@example.com' }));
  await stack.post('jetemail', bounce('evt_12', { to: 'canada@example.com' }));
  await stack.post('emailit', [delivery('a', 'ada@example.com')]);
  for (const [text, found] of [
    ['ada', 3], ['ADA bounced', 2], ['bounced ada', 2], ['  unknown   USER jetemail ', 2], ['bounced delivered', 0],
    ['recipient:ADA@example.com', 2], ['recipient:ada@example.com bounced', 1], ['id:jetemail:evt_1', 1],
    ['message:message-evt_12', 1], ['message:message-evt', 0], ['recipient:', 0], ['', 3],
  ]) {
    await page.getByLabel('Search').fill(text);
    await counted(page, found);
  }
}));

test('nothing found is said, with what was wanted and how to clear it', withPage({}, async (stack, page) => {
  await page.getByLabel('Search').fill('ada');
  await page.getByRole('heading', { name: 'No event matches “ada”', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await page.getByRole('heading', { name: 'Waiting for the first webhook' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'search');

  await stack.post('jetemail', bounce('evt_1'));
  await counted(page, 1);
  await page.getByLabel('Search').fill('grace');
  await page.getByRole('search').getByLabel('Provider').selectOption('emailit');
  await page.getByRole('search').getByLabel('Action').selectOption('count');
  await page.getByRole('heading', { name: 'No event matches “grace”, emailit, action count', exact: true }).waitFor();
  assert.equal(await page.getByText('Waiting for the first webhook').count(), 0);
  await page.getByRole('button', { name: /^Announced/ }).click();
  await page.getByRole('heading', { name: /^No announcement matches “grace”/ }).waitFor();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await counted(page, 2);
  await page.getByRole('button', { name: /^Not accepted/ }).click();
  await page.getByRole('heading', { name: 'Every request was accepted' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Clear the filter' }).count(), 0);
}));

test('recipient, message and provider of an event list what else there is of them', withPage({}, async (stack, page) => {
  await stack.post('emailit', [delivery('a', 'ada@example.com'), delivery('b', 'b@example.com')]);
  await stack.post('jetemail', bounce('evt_1'));
  await stack.post('jetemail', { ...bounce('evt_2', { uid: 'message-evt_1' }), type: 'outbound.deferred' });
  await stack.post('jetemail', bounce('evt_3', { to: '"a b"@example.com' }));
  await counted(page, 5);
  await page.getByRole('search').getByLabel('Type').selectOption('email.bounced');
  await row(page, 'ada@').click();
  const list = (name) => details(page).locator('.facts').first().getByRole('button', { name, exact: true }).click();
  await list('ada@example.com');
  assert.equal(await page.getByLabel('Search').inputValue(), 'recipient:ada@example.com');
  await counted(page, 3);
  await list('message-evt_1');
  await counted(page, 2);
  await list('jetemail');
  assert.equal(await page.getByLabel('Search').inputValue(), '');
  await counted(page, 3);
  await row(page, '"a b"@').click();
  await list('"a b"@example.com');
  await counted(page, 1);
  await page.goBack();
  await counted(page, 3);

  // In a narrow window the list takes the place of the details.
  await page.setViewportSize({ width: 360, height: 740 });
  await list('"a b"@example.com');
  await counted(page, 1);
  await row(page, '"a b"@').waitFor();
  assert.equal(await details(page).isVisible(), false);
}));

test('ids are copied with a button beside them, which says so', withPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').click();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  for (const [name, text] of [
    ['the event id', 'jetemail:evt_1'], ['the recipient', 'ada@example.com'], ['the message id', 'message-evt_1'],
    ['link to this entry', page.url()],
  ]) {
    const button = details(page).getByRole('button', { name: `Copy ${name}`, exact: true });
    const { width, height } = await button.boundingBox();
    assert.ok(width >= 24 && height >= 24, `${name}: ${width} × ${height}`);
    await button.focus();
    await page.keyboard.press('Enter');
    await until(page, (said) => document.querySelector('#said').textContent === said, `Copied ${name}`);
    assert.equal(await copied(), text);
  }
  await details(page).getByRole('button', { name: 'Copy As received' }).click();
  await until(page, () => document.querySelector('#said').textContent === 'Copied As received');
  assert.deepEqual(JSON.parse(await copied()), bounce('evt_1'));
}));
