// Times are in UTC everywhere, the chart has a time axis, and a time span chosen on it filters the list.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { bounce, row, until, withPage } from './support.mjs';

const counted = (page, number) => until(page, (wanted) => document.querySelector('#list').dataset.count === String(wanted), number);
const slider = (page) => page.getByRole('slider', { name: 'Time' });

/** The time at which the page believes to be in some tests, so that its bars and ticks are known. */
const NOW = '2026-03-01T12:05:07Z';

/** Lists the entries of a stack as if it were `NOW`, and the events had come so many minutes earlier, the newest first. */
async function pretend(page, ...minutes) {
  await page.clock.setFixedTime(NOW);
  await page.route('**/page/api/entries*', async (route) => {
    const answer = await (await route.fetch()).json();
    const events = answer.entries.filter(({ kind }) => kind === 'event');
    for (const [place, entry] of events.entries()) entry.at = new Date(Date.parse(NOW) - minutes[place] * 60000).toISOString();
    await route.fulfill({ json: answer });
  });
  await page.reload();
  await counted(page, minutes.length);
}

test('times are in UTC, whatever the zone of the browser', withPage({ timezoneId: 'Asia/Kolkata' }, async (stack, page) => {
  const before = new Date().toISOString();
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').waitFor();
  const after = new Date().toISOString();
  const isNow = (text, from, to) => assert.ok(before.slice(from, to) <= text && text <= after.slice(from, to), `${before} ${text} ${after}`);
  assert.equal(await page.getByRole('columnheader').first().textContent(), 'time (UTC)');
  isNow(await page.locator('#list .row time').textContent(), 11, 19);
  await row(page, 'email.bounced').click();
  const recorded = page.locator('.facts dt').filter({ hasText: 'recorded' }).locator('+ dd');
  // The format of the terminal.
  assert.match(await recorded.textContent(), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  isNow((await recorded.textContent()).slice(0, 19), 0, 19);
  await page.locator('footer').getByText('times in UTC').waitFor();
  await page.locator('.chart').getByText('entries per 15 s, times in UTC').waitFor();
}));

test('a table of heads and cells', withPage({}, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').waitFor();
  const grid = page.getByRole('grid');
  assert.deepEqual(await grid.getByRole('columnheader').allTextContents(),
    ['time (UTC)', 'provider', 'type', 'recipient', 'action', 'detail', 'answer', 'took', 'announced on']);
  assert.equal(await grid.getByRole('gridcell').count(), 9);
  assert.deepEqual(await grid.evaluate((one) => [one.ariaRowCount, one.ariaColCount]), ['2', '9']);
  const edges = (role) => grid.getByRole(role).evaluateAll((cells) => cells.map((cell) => Math.round(cell.getBoundingClientRect().left)));
  assert.deepEqual(await edges('columnheader'), await edges('gridcell'), 'each cell is below its head');
}));

test('the time axis has round times, and the other axis its highest number', withPage({}, async (stack, page) => {
  for (const number of [1, 2, 3]) await stack.post('jetemail', bounce(`evt_${number}`));
  await counted(page, 3);
  await pretend(page, 0, 0, 5);
  const axis = async (span, unit, ...ticks) => {
    await page.getByRole('group', { name: 'Span' }).getByText(span, { exact: true }).click();
    await page.getByText(`entries per ${unit}, times in UTC`).waitFor();
    await until(page, (wanted) => [...document.querySelectorAll('.ticks span')].map((tick) => tick.textContent).join() === wanted, ticks.join());
  };
  await until(page, () => document.querySelector('.heights').textContent === '20');
  await axis('15 min', '15 s', '11:52', '11:54', '11:56', '11:58', '12:00', '12:02', '12:04');
  await axis('1 h', '1 min', '11:10', '11:15', '11:20', '11:25', '11:30', '11:35', '11:40', '11:45', '11:50', '11:55', '12:00');
  await page.setViewportSize({ width: 360, height: 740 });
  await axis('24 h', '30 min', '16:00', '03-01', '08:00');
}));

test('the pointer chooses one bar or several', withPage({}, async (stack, page) => {
  for (const number of [1, 2, 3]) await stack.post('jetemail', bounce(`evt_${number}`, { to: `user${number}@example.com` }));
  await counted(page, 3);
  await pretend(page, 0, 5, 10);
  const box = await slider(page).boundingBox();
  /** A point in the bar that was the last one so many minutes ago. */
  const at = (minutes) => [box.x + box.width * (1 - minutes / 15) - 1, box.y + 20];
  await page.mouse.move(...at(7));
  await page.mouse.down();
  await page.mouse.move(...at(3));
  await page.locator('.pointed').getByText('11:58:00 to 12:02:15 UTC: 1 entry', { exact: true }).waitFor();
  await page.mouse.up();
  await counted(page, 1);
  await row(page, 'user2@').waitFor();
  assert.equal(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('since'), '2026-03-01T11:58:00.000Z');
  await until(page, () => document.querySelector('.legend b').textContent === '3');
  // New entries are not in the time span, but the chart shows all around it.
  await stack.post('jetemail', bounce('evt_4'));
  await until(page, () => document.querySelector('.legend b').textContent === '4');
  await counted(page, 1);

  await page.locator('.chosen').getByText('11:58:00 to 12:02:15 UTC', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Clear the time span' }).click();
  await counted(page, 4);
  await page.mouse.click(...at(2));
  await page.getByRole('heading', { name: 'No event matches 12:03:00 to 12:03:15 UTC', exact: true }).waitFor();
  await page.mouse.click(...at(2));
  await counted(page, 4);
}));

test('the keyboard chooses one bar or several', withPage({}, async (stack, page) => {
  for (const number of [1, 2]) await stack.post('jetemail', bounce(`evt_${number}`, { to: `user${number}@example.com` }));
  await counted(page, 2);
  await pretend(page, 0, 1);
  const value = (wanted) => until(page, (text) => document.querySelector('[role=slider]').getAttribute('aria-valuetext') === text, wanted);
  await value('all times');
  for (let step = 0; step < 20 && await page.evaluate(() => document.activeElement.role !== 'slider'); step += 1) await page.keyboard.press('Tab');
  assert.equal(await slider(page).evaluate((one) => getComputedStyle(one).outlineStyle), 'solid');
  await value('12:05:00 to 12:05:15 UTC: 1 entry');
  await page.keyboard.press('ArrowLeft');
  await value('12:04:45 to 12:05:00 UTC: 0 entries');
  await page.keyboard.press('Enter');
  await counted(page, 0);
  await page.keyboard.press('Shift+ArrowRight');
  await value('12:04:45 to 12:05:15 UTC: 1 entry');
  await page.keyboard.press('Enter');
  await counted(page, 1);
  await page.keyboard.press('Home');
  await value('11:50:15 to 11:50:30 UTC: 0 entries');
  assert.equal(await slider(page).getAttribute('aria-valuenow'), '0');
  await page.keyboard.press('Enter');
  await counted(page, 0);
  await page.keyboard.press('Escape');
  await counted(page, 2);
  assert.equal(await slider(page).evaluate((one) => one === document.activeElement), true);
}));

test('a link to a time span of last week shows it on the chart', withPage({}, async (stack, page) => {
  await page.clock.setFixedTime(NOW);
  await page.goto('about:blank');
  await page.goto(`${stack.url}/#since=2026-02-22T00:00:00Z&until=2026-02-23T00:00:00Z`);
  await page.getByRole('heading', { name: 'No event matches 2026-02-22 00:00:00 to 2026-02-23 00:00:00 UTC' }).waitFor();
  await page.getByRole('group', { name: 'Span' }).getByRole('button', { name: 'all', pressed: true }).waitFor();
  assert.equal(await page.locator('.picked').isVisible(), true);
}));
