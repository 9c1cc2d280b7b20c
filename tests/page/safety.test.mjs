// Untrusted input is shown as text and never executed.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { attack, Site } from './foreign.mjs';
import { bounce, row, withPage } from './support.mjs';

const HOSTILE = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';

/** A valid address that is markup too. */
const ADDRESS = '"<img/src=x/onerror=window.harmed=1>"@example.com';

test('hostile texts stay texts, wherever they are shown', withPage({}, async (stack, page) => {
  const markup = await page.evaluate(() => document.querySelectorAll('img, script, iframe').length);
  const hostile = bounce('evt_1', { to: `${HOSTILE}@example.com`, subject: HOSTILE, response: `550 ${HOSTILE}`, from: HOSTILE });
  await stack.post('jetemail', hostile);
  await stack.post('jetemail', { ...bounce(HOSTILE), type: HOSTILE });
  await stack.post('jetemail', { ...bounce('evt_2', { to: ADDRESS }), type: 'outbound.complaint' });
  await stack.post('jetemail', HOSTILE, { signed: 'else', headers: { 'x-hostile': HOSTILE } });
  await row(page, 'email.bounced', '<img src=x').waitFor();

  await row(page, 'signature_mismatch').click();
  await page.getByLabel('Request', { exact: true }).getByText(`x-hostile: ${HOSTILE}`).waitFor();
  await page.getByLabel('Body (unverified)', { exact: true }).getByText(HOSTILE).waitFor();
  await row(page, 'unknown').click();
  await page.getByLabel('As received', { exact: true }).getByText('<script>').first().waitFor();
  await row(page, 'email.bounced').click();
  await page.getByLabel('Message on bounces', { exact: true }).getByText('<script>').first().waitFor();
  await page.getByLabel('Search').fill(HOSTILE);
  await row(page, 'email.bounced').waitFor();

  await page.getByRole('button', { name: 'Suppressed addresses' }).click();
  await page.getByRole('dialog').getByRole('button', { name: ADDRESS }).click();
  await page.getByRole('dialog').getByText('jetemail:evt_2').waitFor();

  assert.equal(await page.evaluate(() => window.harmed), undefined);
  assert.equal(await page.evaluate(() => document.querySelectorAll('img, script, iframe').length), markup);
}));

test('the policy would stop what is not ours', withPage({}, async (stack, page, browser) => {
  const harmed = await page.evaluate(async () => {
    const attempts = [
      () => { document.body.innerHTML = '<img src=x onerror="window.harmed=1">'; },
      () => {
        const script = document.createElement('script');
        script.textContent = 'window.harmed = 1';
        document.body.append(script);
      },
      () => { setTimeout('window.harmed = 1'); },
      () => fetch('http://localhost:1/'),
    ];
    for (const attempt of attempts) await Promise.resolve().then(attempt).catch(() => {});
    return window.harmed;
  });
  assert.equal(harmed, undefined);
  const last = page.waitForEvent('console', (message) => message.text() === 'the last one');
  await page.evaluate(() => console.error('the last one'));
  await last;
  for (const rule of ['TrustedHTML', 'TrustedScript', 'connect-src']) {
    assert.ok(browser.complaints.some((text) => text.includes(rule)), `${rule} in ${browser.complaints}`);
  }
  browser.complaints = [];
}));

test('the token leaves the address bar, and scripts do not see it', withPage({}, async (stack, page, browser) => {
  browser.provoked = /status of 40[34]/;
  const token = new URL(stack.page).searchParams.get('token');
  assert.equal(page.url(), `${stack.url}/`);
  assert.equal(await page.evaluate(() => document.cookie), '');
  const [cookie] = await page.context().cookies(stack.url);
  assert.deepEqual([cookie.value, cookie.httpOnly, cookie.sameSite, cookie.expires], [token, true, 'Strict', -1]);

  // Another browser gets instructions instead of the data.
  await page.context().clearCookies();
  const answer = await page.goto(stack.url);
  assert.equal(answer.status(), 403);
  await page.getByText(`Open it with the URL that \`mailhooks\` printed, ${stack.url}/?token=`).waitFor();
  await page.goto(stack.page);
  await page.locator('[data-state=live]').waitFor();
}));

test('a page of another site reads nothing and sends nothing', withPage({}, async (stack, page) => {
  await stack.post('jetemail', bounce('evt_1'));
  await row(page, 'email.bounced').waitFor();
  const before = await stack.amounts();
  assert.deepEqual(before, { items: 1, announcements: 2 });
  const site = await new Site().start();
  // Another port of this machine is another origin but the same site, so it receives cookies. The other name is another site.
  for (const name of ['127.0.0.1', 'localhost']) {
    const other = await page.context().newPage();
    await other.goto(`http://${name}:${site.port}/`);
    const { made, read } = await other.evaluate(attack, { dynamodb: stack.dynamodb, sns: stack.sns, page: stack.url });
    assert.deepEqual(read, [], name);
    assert.equal(made, 64);
    await other.close();
  }
  site.stop();
  assert.deepEqual(await stack.amounts(), before);
  await page.bringToFront();
  await stack.post('jetemail', bounce('evt_2'));
  await row(page, 'email.bounced').nth(1).waitFor();
  assert.equal(await row(page, 'jasni').count(), 0);
  assert.deepEqual(await stack.amounts(), { items: 2, announcements: 4 });
}));
