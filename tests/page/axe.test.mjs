// Accessibility in every state and colour scheme of the page: axe-core's rules for WCAG 2.2 A and AA and its best practices, and the
// size of targets.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { bounce, delivery, row, withPage } from './support.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const LOOKS = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
};

/** Checks the page as it is now, in each colour scheme. Playwright evaluates apart from the page's policy, which forbids scripts. */
async function check(page, state) {
  await page.evaluate(AXE);
  const small = await page.locator('button, select, input, a, [role=slider]').evaluateAll((targets) => targets.filter((target) => target.checkVisibility())
    .map((target) => [target.outerHTML, target.getBoundingClientRect()]).filter(([, { width, height }]) => width < 24 || height < 24).map(([html]) => html));
  assert.deepEqual(small, [], `${state}: targets are at least 24 pixels wide and high`);
  for (const [look, media] of Object.entries(LOOKS)) {
    await page.emulateMedia(media);
    const { violations, passes } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ['violations', 'passes'] }), TAGS);
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${state}, ${look}: ${id}: ${html}: ${failureSummary}`));
    assert.deepEqual(found, []);
    assert.ok(passes.length > 20, `${passes.length} rules apply`);
  }
}

for (const viewport of [{ width: 360, height: 740 }, { width: 1280, height: 800 }]) {
  test(`at ${viewport.width} pixels axe finds nothing`, withPage({ viewport }, async (stack, page) => {
    await page.getByRole('heading', { name: 'Waiting for the first webhook' }).waitFor();
    await check(page, 'without entries');

    for (const number of [1, 2, 3]) await stack.post('jetemail', bounce(`evt_${number}`, { to: `user${number}@example.com` }));
    await stack.post('jetemail', bounce('evt_1', { to: 'user1@example.com' }));
    await stack.post('emailit', [delivery('a', 'user1@example.com')]);
    await stack.post('jetemail', bounce('evt_4'), { signed: 'something else' });
    await row(page, 'signature_mismatch').waitFor();
    await check(page, 'the list');

    await page.getByLabel('Search').fill('in no entry');
    await page.getByRole('heading', { name: 'No event matches' }).waitFor();
    await check(page, 'nothing found');
    await page.getByRole('button', { name: 'Clear the filter' }).click();

    await page.getByRole('slider', { name: 'Time' }).focus();
    await page.keyboard.press('Enter');
    await check(page, 'a time span');
    await page.keyboard.press('Escape');

    await row(page, 'signature_mismatch').click();
    await page.getByLabel('Request', { exact: true }).waitFor();
    await check(page, 'an open request');
    await page.getByRole('button', { name: 'Close' }).click();

    await row(page, 'email.bounced', 'duplicate').click();
    await page.getByLabel('Message on bounces', { exact: true }).waitFor();
    await check(page, 'an open event');
    await page.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: 'Suppressed addresses' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'user1@example.com' }).click();
    await dialog.getByRole('list', { name: 'Evidence' }).waitFor();
    await check(page, 'the suppressed addresses');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Send a sample' }).click();
    await check(page, 'the samples');
  }));
}
