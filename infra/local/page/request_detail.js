// The details of a request that was not accepted: why, what to do, and what was received.

import * as api from './api.js';
import { facts, pane } from './detail_parts.js';
import { element } from './dom.js';
import { counted, duration, wholeMoment } from './format.js';
import { answer, provider } from './row.js';

export async function request(entry) {
  const kept = await api.request(entry.seq).catch(() => null);
  const parts = [
    element('p', { class: 'advice' }, entry.advice),
    facts([
      ['answer', answer(entry)],
      ['reason', entry.reason ? element('code', {}, entry.reason) : null],
      ['provider', entry.provider ? provider(entry.provider) : null],
      ['received', wholeMoment(entry.at)],
      ['took', duration(entry.took_us)],
    ]),
  ];
  if (!kept) return [...parts, element('p', { class: 'aside' }, 'The details of this request are no longer kept. Only the most recent requests have them.')];
  const head = [`${kept.method} ${kept.path}`, ...kept.headers.map(([name, value]) => `${name}: ${value}`)].join('\n');
  const remark = `${counted(kept.bytes, 'byte')}${kept.cut ? ', only the beginning is shown' : ''}`;
  return [...parts, pane('Request', head, '', [head]), pane('Body (unverified)', kept.body, remark)];
}
