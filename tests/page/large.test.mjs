// Ten thousand events: the page stays responsive while they arrive, shows all of them, and keeps few in the document.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { delivery, row, until, withPage } from './support.mjs';

const REQUESTS = 100;
const EACH = 100;

test('ten thousand events', withPage({}, async (stack, page) => {
  const counted = (number) => until(page, (wanted) => document.querySelector('#list').dataset.count === String(wanted), number);
  const inDocument = () => page.locator('#list .row').count();
  const all = REQUESTS * EACH;
  const post = async (request) => {
    const events = Array.from({ length: EACH }, (_, place) => delivery(`${request}_${place}`, `user${place}@example${request}.com`));
    assert.equal((await stack.post('emailit', events)).status, 200);
  };
  await post(0);
  await row(page, 'example0.com').first().waitFor();
  const arriving = (async () => {
    for (let request = 1; request < REQUESTS; request += 1) await post(request);
  })();

  // The user works with the page meanwhile.
  await row(page, 'example').first().click();
  await page.getByRole('region', { name: 'Details' }).getByRole('heading', { name: 'email.delivered' }).waitFor();
  await page.keyboard.press('Escape');
  for (let turn = 1; turn < REQUESTS / 2; turn += 10) {
    await page.getByLabel('Search').fill(`user7@example${turn}.com`);
    await row(page, `user7@example${turn}.com`).waitFor();
    assert.equal(await inDocument(), 1);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
  }
  // New entries at the top must not move the view of a user who has scrolled down.
  const place = () => page.locator('#list').evaluate((list) => {
    const box = list.getBoundingClientRect();
    return document.elementFromPoint(box.x + 20, box.y + 100).closest('.row').dataset.seq;
  });
  await until(page, () => Number(document.querySelector('#list').dataset.count) > 300);
  await page.locator('#list').evaluate((list) => { list.scrollTop = 6200; });
  await until(page, () => document.querySelector('#list .row:nth-child(20)')?.getAttribute('aria-rowindex') > 100);
  const before = await place();
  await arriving;
  await counted(all);
  assert.equal(await place(), before);
  await page.getByRole('button', { name: /newer/ }).click();
  await row(page, `@example${REQUESTS - 1}.com`).first().waitFor();
  assert.ok(await inDocument() < 100, String(await inDocument()));

  await page.locator('#list').focus();
  await page.keyboard.press('End');
  await row(page, 'user0@example0.com').waitFor();
  await page.keyboard.press('Home');
  await row(page, `@example${REQUESTS - 1}.com`).first().waitFor();
  assert.ok(await inDocument() < 100);

  // The whole list again, from the server page by page, and then from the store.
  await page.reload();
  await counted(all);
  await stack.stop();
  await stack.start();
  await page.goto(stack.url);
  await counted(all);
  await row(page, 'stored').first().waitFor();
  await page.getByLabel('Search').fill('user99@example42.com');
  await row(page, 'user99@example42.com').click();
  await page.getByLabel('As received', { exact: true }).getByText('evt_42_99').waitFor();
}));
