// The page of a deployed stack: `mailhooks page`, on the table and the topics of a stack that it does not run itself.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Browser, bounce, delivery, row, until, withPage } from './support.mjs';

/** Serves the page for the table and the topics of a local stack as for deployed ones. */
async function serve(stack) {
  const topics = ['bounces', 'complaints', 'spam', 'actions'].flatMap((name) => [`--${name}-topic`, `arn:aws:sns:us-east-1:000000000000:${name}`]);
  const served = spawn(process.env.TOOL, ['--data', stack.data, '--json', '--table', 'mailhooks', 'page', '--port', '0', ...topics], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: stack.token, AWS_SECRET_ACCESS_KEY: 'any', AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_DYNAMODB: stack.dynamodb, AWS_ENDPOINT_URL_SNS: stack.sns,
    },
  });
  const [started] = await once(createInterface({ input: served.stdout }), 'line');
  return { served, url: JSON.parse(started).page };
}

/** Runs a test with the page of a deployed stack. */
function withDeployed(before, test) {
  return withPage({}, async (stack, _, local) => {
    local.provoked = /ERR_CONNECTION_REFUSED/;
    await before(stack);
    const { served, url } = await serve(stack);
    const browser = new Browser();
    try {
      await test(stack, await browser.open(url), browser, served);
      browser.verify();
    } finally {
      await browser.close();
      if (served.exitCode === null) {
        const ended = once(served, 'exit');
        served.kill('SIGINT');
        assert.deepEqual(await ended, [0, null]);
      }
    }
  });
}

test('events of a deployed stack arrive, are opened and announced again', withDeployed(async (stack) => {
  await stack.post('jetemail', bounce('evt_1'));
  await stack.post('emailit', [delivery('a', 'grace@example.com')]);
}, async (stack, page) => {
  await page.getByText('the table mailhooks', { exact: true }).waitFor();
  assert.equal(await page.title(), 'the table mailhooks - mailhooks');
  for (const name of ['Send a sample', 'Not accepted', 'Suppressed addresses']) {
    assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  }
  await row(page, 'grace@example.com').waitFor();
  await stack.post('jetemail', bounce('evt_2', { to: 'later@example.com' }));
  await row(page, 'later@example.com').click();

  const opened = page.getByRole('region', { name: 'Details' });
  await opened.getByRole('heading', { name: 'email.bounced' }).waitFor();
  await opened.getByText('Announced on bounces, actions.').waitFor();
  await opened.getByText('The page has no suppression list of this stack.').waitFor();
  const before = (await stack.amounts()).announcements;
  await opened.getByRole('button', { name: 'Announce again' }).click();
  assert.equal((await stack.amounts()).announcements, before, 'it asks first');
  await opened.getByRole('button', { name: 'Yes, announce it again' }).click();
  await opened.locator('[role=status]', { hasText: 'Announced on bounces, actions.' }).waitFor();
  assert.equal((await stack.amounts()).announcements, before + 2);
  assert.equal(await row(page, 'email.').count(), 3, 'each event once');
}));

test('events beyond the newest are found, in the order of their time', withDeployed(async (stack) => {
  await stack.post('emailit', [delivery('OldestOfAll', 'Grace@Example.com')]);
  await stack.post('emailit', [delivery('SecondOfAll', 'grace@example.com')]);
  for (let batch = 0; batch < 21; batch += 1) {
    await stack.post('emailit', Array.from({ length: 100 }, (_, place) => delivery(`${batch}_${place}`, 'other@example.com')));
  }
}, async (stack, page) => {
  const older = page.getByRole('button', { name: 'Find older' });
  const said = (text) => page.locator('#said', { hasText: text }).waitFor({ state: 'attached' });
  await row(page, 'other@example.com').first().waitFor();
  // The second of the two is found first.
  await page.getByLabel('Search').fill('id:emailit:evt_SecondOfAll');
  await page.getByRole('heading', { name: 'No event matches' }).waitFor();
  await older.click();
  await said('1 older event found.');
  await row(page, 'evt_SecondOfAll').or(row(page, 'grace@example.com')).first().waitFor();
  await page.getByLabel('Search').fill('message:em_OldestOfAll');
  await older.click();
  await said('1 older event found.');
  await page.getByLabel('Search').fill('grace@example.com');
  await until(page, () => document.querySelectorAll('#list .row').length === 2);
  const names = await page.locator('#list .row').allInnerTexts();
  assert.ok(names[0].includes('grace@') && names[1].includes('Grace@'), names.join());
  await older.click();
  await said('No older event is found. Not looked at: opens, clicks and incoming mail.');
  await page.getByLabel('Search').fill('');
  await older.click();
  await said('100 older events found.');
}));

test('a stack without events and one that cannot be read say so', withDeployed(async () => {}, async (stack, page, browser) => {
  await page.getByRole('heading', { name: 'The stack has no events yet' }).waitFor();
  await stack.stop();
  await page.getByText('new events cannot be read: DynamoDB Query').waitFor();
  await stack.start();
}));
