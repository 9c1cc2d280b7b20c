// A page of another site, opened in the browser of a user whose local stack runs.

import { createServer } from 'node:http';
import { once } from 'node:events';

export class Site {
  async start() {
    this.server = createServer((request, answer) => {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Another site</title>');
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Runs in that page: tries whatever a page can do to the local stack, and hands back how much that was and what it came to know. */
export async function attack({ dynamodb, sns, page }) {
  const read = [];
  let made = 0;
  const learned = (way, url, what) => read.push(`${way} ${url}: ${what}`);
  const put = '{"TableName":"mailhooks","Item":{"pk":{"S":"planted"},"sk":{"S":"planted"}}}';
  const complaint = { Action: 'Publish', TopicArn: 'arn:aws:sns:us-east-1:000000000000:complaints', Message: 'forged' };
  const order = '{"provider":"jasni","case":"email-sent","manner":"once"}';
  const json = { 'content-type': 'application/json' };
  const amazon = (operation) => ({ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` });

  const requests = [
    [dynamodb, { method: 'POST', headers: amazon('PutItem'), body: put }],
    [dynamodb, { method: 'POST', headers: amazon('Scan'), body: '{"TableName":"mailhooks"}' }],
    [dynamodb, {}],
    [sns, { method: 'POST', body: new URLSearchParams(complaint) }],
    [sns, {}],
    ...['/', '/?token=guessed', '/page/main.js', '/page/api/entries', '/page/api/stream', '/page/api/samples', '/page/api/suppressions'].map((path) => [page + path, {}]),
    [`${page}/page/api/samples`, { method: 'POST', headers: json, body: order }],
    [`${page}/page/api/samples`, { method: 'POST', body: order }],
  ];
  for (const [url, options] of requests) {
    for (const mode of ['cors', 'no-cors']) {
      for (const credentials of ['include', 'omit']) {
        made += 1;
        const answer = await fetch(url, { ...options, mode, credentials }).catch(() => null);
        // An opaque answer reveals nothing.
        if (answer !== null && answer.type !== 'opaque') learned(mode, url, answer.status);
      }
    }
  }

  const forms = [
    [dynamodb, 'text/plain', { [`${put.slice(0, -1)},"a":"`]: '"}' }],
    [sns, 'application/x-www-form-urlencoded', complaint],
    [`${page}/page/api/samples`, 'text/plain', { [`${order.slice(0, -1)},"a":"`]: '"}' }],
    [`${page}/`, 'application/x-www-form-urlencoded', { token: 'guessed' }],
  ];
  for (const [action, enctype, fields] of forms) {
    made += 1;
    const frame = Object.assign(document.createElement('iframe'), { name: `frame${made}` });
    const form = Object.assign(document.createElement('form'), { action, enctype, method: 'post', target: frame.name });
    for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(frame, form);
    await new Promise((loaded) => {
      frame.addEventListener('load', loaded);
      form.submit();
    });
    if (frame.contentDocument?.body?.textContent) learned('form', action, frame.contentDocument.body.textContent);
  }

  const elements = [
    ['script', `${page}/page/main.js`],
    ['script', `${page}/page/api/entries`],
    ['img', `${page}/page/icon.svg`],
  ];
  for (const [kind, src] of elements) {
    made += 1;
    const element = document.createElement(kind);
    await new Promise((done) => {
      element.addEventListener('error', done);
      element.addEventListener('load', () => {
        learned(kind, src, 'loaded');
        done();
      });
      element.src = src;
      document.body.append(element);
    });
  }
  made += 1;
  await new Promise((done) => {
    const stream = new EventSource(`${page}/page/api/stream`, { withCredentials: true });
    stream.addEventListener('open', () => {
      learned('EventSource', stream.url, 'opened');
      done();
    });
    stream.addEventListener('error', done);
  });
  return { made, read };
}
