// The page of a deployed stack: `mailhooks page`, on the table and the topics of a stack that it does not run itself.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Browser, bounce, delivery, row, withPage } from './support.mjs';

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

test('events of a deployed stack arrive, are found, opened and announced again', withPage({}, async (stack) => {
  await stack.post('jetemail', bounce('evt_1'));
  await stack.post('emailit', [delivery('a', 'grace@example.com')]);
  const { served, url } = await serve(stack);
  const browser = new Browser();
  try {
    const page = await browser.open(url);
    await page.getByText('the table mailhooks', { exact: true }).waitFor();
    assert.equal(await page.title(), 'the table mailhooks - mailhooks');
    for (const name of ['Send a sample', 'Not accepted']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
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

    await page.getByLabel('Search').fill('grace@example.com');
    await page.getByRole('button', { name: 'Find older' }).click();
    await page.locator('#said', { hasText: 'No older event is found.' }).waitFor({ state: 'attached' });
    browser.verify();
  } finally {
    await browser.close();
    const ended = once(served, 'exit');
    served.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
  }
}));
