// The parts that details are made of: sections, lists of facts, and panes with text.

import { button, copyable } from './copy.js';
import { element } from './dom.js';
import { coloured } from './json.js';

export function section(title, ...children) {
  return element('section', {}, element('h3', {}, title), ...children);
}

/** Pairs of a name and a value, without those that have no value. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return element('dl', { class: 'facts' }, ...known.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, ...[value].flat())]));
}

/** An id that can be copied, or nothing without one. */
export function id(name, value, list) {
  if (!value) return null;
  const shown = element('code', {}, value);
  return copyable(name, value, list ? lists(shown, list) : shown);
}

/** A link that lists the entries that have this value. */
export function lists(shown, list) {
  return element('button', { type: 'button', class: 'link', title: 'List its entries', onclick: list }, ...[shown].flat());
}

/** A text that scrolls by itself, with a title, a remark and a button that copies all of it. */
export function pane(title, text, remark = '', shown = coloured(text)) {
  return element('section', { class: 'pane' },
    element('h3', {}, title, element('span', { class: 'aside' }, ...[remark].flat()), button(title, () => text)),
    element('pre', { tabindex: '0', role: 'group', 'aria-label': title }, ...shown));
}
