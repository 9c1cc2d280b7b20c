// One open entry, with the pointer and with the keyboard, in a wide and in a narrow window.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { bounce, delivery, row, until, withPage } from './support.mjs';

test('an event shows what it says, what came, its message and its announcement', withPage({}, async (stack, page) => {
  const sent = `{"type":"outbound.deferred", "id":"evt_0","n":1e400,"n":12345678901234567890,"data":{"uid":"message-evt_1","to":"ada@example.com"}}`;
  await stack.post('jetemail', sent);
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').click();
  const opened = page.getByRole('region', { name: 'Details' });
  await opened.getByRole('heading', { name: 'email.bounced' }).waitFor();

  const normalized = await opened.getByLabel('Normalized', { exact: true }).textContent();
  assert.equal(JSON.parse(normalized).id, 'jetemail:evt_1');
  const received = await opened.getByLabel('As received', { exact: true }).textContent();
  assert.deepEqual(JSON.parse(received), bounce('evt_1'));
  const [left, right] = [await opened.getByLabel('Normalized', { exact: true }).boundingBox(), await opened.getByLabel('As received', { exact: true }).boundingBox()];
  assert.equal(left.y, right.y, 'beside each other');

  await opened.getByText('email.bounced suppress ada@example.com').waitFor();
  await opened.getByRole('heading', { name: 'Announcement on bounces' }).waitFor();
  const facts = await opened.locator('.facts').last().innerText();
  for (const fact of ['arn:aws:sns:', 'attribute action', 'suppress', 'attribute recipient_domain', 'example.com', 'bounce_reason', 'user_unknown']) {
    assert.ok(facts.includes(fact), `${fact} in ${facts}`);
  }
  for (const topic of ['bounces', 'actions']) {
    assert.deepEqual(JSON.parse(await opened.getByLabel(`Message on ${topic}`, { exact: true }).textContent()), JSON.parse(normalized));
  }

  // Another event of the same message, and every token of its original JSON.
  assert.equal(await opened.locator('.timeline li').count(), 2);
  await opened.locator('.timeline').getByRole('button', { name: 'email.deferred' }).click();
  await opened.getByRole('heading', { name: 'email.deferred' }).waitFor();
  const indented = await opened.getByLabel('As received', { exact: true }).textContent();
  assert.ok(indented.includes('"n": 1e400,\n  "n": 12345678901234567890,\n'), indented);
  assert.equal(indented.replaceAll(/\s/g, ''), sent.replaceAll(/\s/g, ''));
  await opened.getByText('No topic takes this event').waitFor();
  const download = page.waitForEvent('download');
  await opened.getByRole('link', { name: 'exact bytes' }).click();
  const chunks = await (await (await download).createReadStream()).toArray();
  assert.equal(Buffer.concat(chunks).toString(), sent);

  await opened.getByRole('button', { name: 'Close' }).click();
  assert.equal(await opened.isVisible(), false);
}));

test('what is no JSON is shown exactly', withPage({}, async (stack, page) => {
  await stack.post('emailit', 'hello,  {world');
  await row(page, 'unknown').click();
  await page.getByText('not JSON: shown unchanged').waitFor();
  assert.equal(await page.getByLabel('As received', { exact: true }).textContent(), 'hello,  {world');
}));

test('a refused request says why, what to do and what came', withPage({}, async (stack, page) => {
  await stack.post('emailit', '{"from":"nextmail"}', { headers: { 'x-emailit-timestamp': '1000000000' } });
  await row(page, '401').click();
  const opened = page.getByRole('region', { name: 'Details' });
  await opened.getByText('Compare the signing secret of this endpoint at emailit').waitFor();
  assert.match(await opened.getByLabel('Request', { exact: true }).textContent(), /^POST \/webhooks\/emailit\n[^]*x-emailit-timestamp: 1000000000/);
  assert.equal(await opened.getByLabel('Body (unverified)', { exact: true }).textContent(), '{"from":"nextmail"}');
}));

test('the keyboard does all of it, and shows where it is', withPage({}, async (stack, page) => {
  for (const number of [1, 2, 3]) await stack.post('jetemail', bounce(`evt_${number}`, { to: `user${number}@example.com` }));
  await row(page, 'user3@').waitFor();
  const focused = () => page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return { id: document.activeElement.id, outline: style.outlineStyle };
  });
  const chosen = () => page.locator('#list .row[aria-selected=true] .recipient').textContent();

  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await focused(), { id: 'list', outline: 'solid' }, 'nothing had the focus');
  assert.equal(await chosen(), 'user3@example.com');
  await page.keyboard.press('/');
  assert.deepEqual(await focused(), { id: 'search', outline: 'solid' });
  await page.keyboard.type('user/');
  assert.equal(await page.getByLabel('Search').inputValue(), 'user/', 'a slash can be searched for');
  await page.getByLabel('Search').fill('user');
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await focused(), { id: 'list', outline: 'solid' });
  await page.locator('.row[aria-selected=true]').waitFor();
  assert.equal(await chosen(), 'user3@example.com');
  await page.keyboard.press('ArrowDown');
  await until(page, () => document.querySelector('.row[aria-selected=true]').textContent.includes('user2@'));
  const active = await page.locator('#list').getAttribute('aria-activedescendant');
  assert.equal(active, await page.locator('.row[aria-selected=true]').getAttribute('id'));
  await page.keyboard.press('End');
  await until(page, () => document.querySelector('.row[aria-selected=true]').textContent.includes('user1@'));
  await page.keyboard.press('Home');
  await until(page, () => document.querySelector('.row[aria-selected=true]').textContent.includes('user3@'));

  await page.keyboard.press('Enter');
  await page.getByLabel('As received', { exact: true }).getByText('user3@example.com').waitFor();
  await until(page, () => document.activeElement.id === 'opened');
  assert.equal((await focused()).outline, 'solid');
  await page.keyboard.press('Escape');
  assert.equal((await focused()).id, 'list');
  assert.equal(await page.locator('#opened').isVisible(), false);

  // Every control can be reached with the keyboard, in visual order.
  await page.evaluate(() => document.activeElement.blur());
  const reached = [];
  for (let step = 0; step < 30 && reached.at(-1) !== 'list'; step += 1) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.name || document.activeElement.textContent));
  }
  const order = ['suppressed', 'send', 'Webhooks 3', 'search', 'provider', 'type', 'action', 'Clear', '15 min', 'list'];
  assert.deepEqual(reached.filter((name) => order.includes(name)).filter((name, place, all) => all.indexOf(name) === place), order, String(reached));
}));

test('a narrow window has no scroll to the side, opened or not', withPage({ viewport: { width: 360, height: 740 } }, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1', { to: `${'long'.repeat(20)}@example.com`, subject: 'x'.repeat(500) }));
  await stack.post('emailit', [delivery('a', 'a@example.com')], { signed: 'else' });
  await row(page, '401').waitFor();
  const fits = () => page.evaluate(() => [...document.querySelectorAll('html, body, #main, #list, #opened, .controls')]
    .filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.id || part.className || part.tagName));
  assert.deepEqual(await fits(), []);
  for (const text of ['401', 'email.bounced']) {
    await row(page, text).click();
    await page.locator('#opened[aria-busy=false]').waitFor();
    assert.deepEqual(await fits(), []);
    assert.equal(await page.locator('#list').isVisible(), false, 'it has the window for itself');
    await page.getByRole('button', { name: 'Close' }).click();
  }
  await page.getByRole('button', { name: 'Send a sample' }).click();
  assert.deepEqual(await fits(), []);
  const box = await page.getByRole('dialog').boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 360);
}));

test('it is dark where the system is', withPage({ colorScheme: 'light' }, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').waitFor();
  const colours = () => page.evaluate(() => {
    const luminance = (text) => text.match(/\d+/g).slice(0, 3).map(Number).reduce((sum, part) => sum + part, 0);
    const body = getComputedStyle(document.body);
    return { ground: luminance(body.backgroundColor), ink: luminance(body.color) };
  });
  const light = await colours();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await colours();
  assert.ok(light.ground > light.ink && dark.ground < dark.ink, JSON.stringify({ light, dark }));
}));

for (const width of [360, 768, 1280, 2200]) {
  test(`at ${width} pixels long ids and diagnostics wrap`, withPage({ viewport: { width, height: 900 } }, async (stack, page) => {
    const long = 'x'.repeat(120);
    const response = `550 5.1.1 <${long}> ${'User unknown in local recipient table; '.repeat(6)}`;
    await stack.post('jetemail', bounce(`evt_${long}`, { uid: `message-${long}`, to: `${'long'.repeat(16)}@${'sub.'.repeat(20)}example.com`, response }));
    await row(page, 'email.bounced').click();
    await page.getByLabel('Message on bounces', { exact: true }).waitFor();
    const cut = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('#opened, #opened *:not(.icon, .icon *)')]
      .filter((part) => part.scrollWidth > part.clientWidth && getComputedStyle(part).display !== 'inline').map((part) => part.outerHTML.slice(0, 80)));
    assert.deepEqual(cut, []);
    const { x, width: shown } = await page.locator('#opened').boundingBox();
    assert.ok(shown >= Math.min(width, 560) && x + shown <= width, `${shown} pixels`);
    for (const text of [`jetemail:evt_${long}`, `message-${long}`]) {
      const { x: left, width: whole } = await page.locator('.facts').first().getByText(text, { exact: true }).first().boundingBox();
      assert.ok(left >= x && left + whole <= width, text);
    }
  }));
}
