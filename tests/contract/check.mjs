// Judges the schema, the AsyncAPI document and the events with the packages that subscribers use.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { CloudEvent } from 'cloudevents';
import { compile } from 'json-schema-to-typescript';
import { Parser } from '@asyncapi/parser';

const folder = resolve(process.argv[2]);
const read = (name) => readFileSync(join(folder, name), 'utf8');
const lines = (name) => read(name).split('\n').filter(Boolean).map((line) => JSON.parse(line));
const bin = (name) => join(folder, 'node_modules/.bin', name);
const [events, later] = ['events.jsonl', 'later.jsonl'].map(lines);
const schema = JSON.parse(read('event.schema.json'));

function validates() {
  const ajv = new Ajv({ strict: true });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  for (const event of [...events, ...later, ...schema.examples]) assert(validate(event), JSON.stringify([validate.errors, event]));
  assert(!validate({ ...events[0], specversion: '2.0' }));
  console.log(`ajv in strict mode: ${events.length + later.length} events`);
}

async function compilesAsTypeScript() {
  writeFileSync(join(folder, 'event.ts'), await compile(schema, 'Event'));
  const literals = [...events, ...later].map((event) => `  ${JSON.stringify(event)},`);
  // A member that the types do not declare is allowed, because the schema allows it.
  writeFileSync(join(folder, 'typed.ts'), `import type { Event } from './event';\nexport const events: Event[] = [\n${literals.join('\n')}\n];\n`);
  execFileSync(bin('tsc'), ['--noEmit', '--strict', '--skipLibCheck', join(folder, 'typed.ts')], { stdio: 'inherit' });
  console.log(`json-schema-to-typescript: ${literals.length} events`);
}

async function convertsWithQuicktype() {
  execFileSync(bin('quicktype'), ['--src-lang', 'schema', '--lang', 'javascript', '--top-level', 'Event',
    '--out', join(folder, 'quicktype.cjs'), join(folder, 'event.schema.json')]);
  const { default: { toEvent } } = await import(join(folder, 'quicktype.cjs'));
  for (const event of [...events, ...later]) {
    const converted = toEvent(JSON.stringify(event));
    assert.equal(converted.data.type, event.data.type);
  }
  assert.throws(() => toEvent('{"id": 1}'));
  console.log(`quicktype: ${events.length + later.length} events`);
}

function readsCloudEvents() {
  for (const event of [...events, ...later]) {
    const read = new CloudEvent(event);
    assert(read.validate());
    assert.deepEqual([read.id, read.type, read.data], [event.id, event.type, event.data]);
  }
  console.log(`CloudEvents SDK for JavaScript: ${events.length + later.length} events`);
}

async function parsesAsyncApi() {
  const { document, diagnostics } = await new Parser().parse(read('asyncapi.json'));
  const errors = diagnostics.filter(({ severity }) => severity === 0);
  assert.deepEqual(errors, []);
  const channels = document.channels().all();
  assert.equal(channels.length, 7);
  for (const message of document.components().messages().all()) assert.equal(message.examples().all().length, 1);
  console.log(`AsyncAPI parser: ${channels.length} channels, no error`);
}

validates();
await compilesAsTypeScript();
await convertsWithQuicktype();
readsCloudEvents();
await parsesAsyncApi();
