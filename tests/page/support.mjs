// The real stack with a separate data folder, and a browser that can open no other site.

import { createHmac } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { strict as assert } from 'node:assert';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

function folder(kind) {
  return mkdtempSync(join(tmpdir(), `mailhooks-page-${kind}-`));
}

export class Stack {
  constructor() {
    this.data = folder('data');
  }

  /** Starts it, on the port that it had before or any free one. */
  async start() {
    const port = this.url ? new URL(this.url).port : '0';
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SIGNING_SECRETS_')));
    this.process = spawn(process.env.TOOL, ['--data', this.data, '--json', 'dev', '--port', port], { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
    const lines = createInterface({ input: this.process.stdout });
    const [started] = await once(lines, 'line');
    // Besides the addresses: the URL that opens the page, and the token of the engines.
    Object.assign(this, JSON.parse(readFileSync(JSON.parse(started).stack, 'utf8')));
    this.url = this.receiver;
    return this;
  }

  /** How much there is: items in the table, and announcements. */
  async amounts() {
    const answer = await fetch(this.dynamodb, { method: 'POST', body: '{"TableName":"mailhooks","Select":"COUNT"}', headers: {
      'x-amz-target': 'DynamoDB_20120810.Scan', authorization: `AWS4-HMAC-SHA256 Credential=${this.token}/20261101/us-east-1/dynamodb/aws4_request`,
    } });
    assert.equal(answer.status, 200);
    const announced = readFileSync(join(this.data, 'announcements.jsonl'), 'utf8').split('\n').filter(Boolean);
    return { items: (await answer.json()).Count, announcements: announced.length };
  }

  /** Ends it as Ctrl-C does. */
  async stop() {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGINT');
    const [status] = await ended;
    assert.equal(status, 0);
  }

  async end() {
    await this.stop();
    rmSync(this.data, { recursive: true });
  }

  /** Posts a body, signed as the provider would; what is given instead of the signed body or headers is taken as it is. */
  async post(provider, body, { signed = body, headers = {}, path = `/webhooks/${provider}` } = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const about = typeof signed === 'string' ? signed : JSON.stringify(signed);
    const answer = await fetch(this.url + path, { method: 'POST', body: text, headers: { ...this.#sign(provider, about), ...headers } });
    return { status: answer.status, body: await answer.json() };
  }

  #sign(provider, text) {
    const secret = readFileSync(join(this.data, 'secrets', provider), 'utf8').trim();
    const digest = (message) => createHmac('sha256', secret).update(message).digest('hex');
    if (provider === 'jetemail') return { 'x-webhook-signature': `sha256=${digest(text)}` };
    assert.equal(provider, 'emailit');
    const timestamp = String(Math.floor(Date.now() / 1000));
    return { 'x-emailit-timestamp': timestamp, 'x-emailit-signature': digest(`${timestamp}.${text}`) };
  }
}

/** A bounce as JetEmail reports it. */
export function bounce(id, given = {}) {
  return { id, type: 'outbound.bounced', data: { uid: `message-${id}`, to: 'ada@example.com', subject: 'Your receipt', bounce_type: 'hard', response: '550 5.1.1 User unknown', ...given } };
}

/** A delivery as Emailit reports it. */
export function delivery(id, to) {
  const email = { id: `em_${id}`, object: 'email', from: 'billing@acme.com', to, subject: `Receipt ${id}`, status: 'delivered', updated_at: '2026-10-01T09:14:03.512000+00:00' };
  return { event_id: `evt_${id}`, type: 'email.delivered', object: email, data: { object: email } };
}

export class Browser {
  /** What must not happen: errors, broken rules of the policy, requests to elsewhere. */
  complaints = [];

  /** What of it a test provokes. */
  provoked = /^$/;

  async open(url, options = {}) {
    this.profile = folder('profile');
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: process.env.CHROMIUM, headless: true, args: FLAGS, viewport: { width: 1440, height: 860 }, ...options,
    });
    const [page] = this.context.pages();
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text()); });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('request', (request) => { if (new URL(request.url()).origin !== new URL(url).origin) this.complaints.push(request.url()); });
    await page.goto(url);
    await page.locator('[data-state=live]').waitFor();
    this.page = page;
    return page;
  }

  verify() {
    assert.deepEqual(this.complaints.filter((text) => !this.provoked.test(text)), []);
  }

  async close() {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}

/** Runs a test with a stack and a page of its own. */
export function withPage(options, test) {
  return async () => {
    const stack = await new Stack().start();
    const browser = new Browser();
    try {
      await test(stack, await browser.open(stack.page, options), browser);
      browser.verify();
    } finally {
      await browser.close();
      await stack.end();
    }
  };
}

/** Waits until the page says so, which it must. */
export async function until(page, condition, argument) {
  await page.waitForFunction(condition, argument);
}

/** The row that has all of these texts. */
export function row(page, ...texts) {
  return texts.reduce((rows, text) => rows.filter({ hasText: text }), page.locator('#list .row'));
}
