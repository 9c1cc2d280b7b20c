// Buttons that copy a text.

import { drawn, element } from './dom.js';
import { say } from './said.js';

/** How long a button shows that it has copied, in milliseconds. */
const SHOWN_FOR = 2000;

const SHEETS = 'M5.5 5.5v-3h8v8h-3 M2.5 5.5h8v8h-8z';
const TICK = 'M3 8.5l3.5 3.5L13 4.5';

/** A value with a button beside it. */
export function copyable(name, value, shown = value) {
  return element('span', { class: 'copyable' }, element('span', {}, ...[shown].flat()), button(name, () => value));
}

/** A button with an icon. `name` says what it copies; `text()` returns that. */
export function button(name, text, label = '') {
  const icon = drawn('path', { d: SHEETS });
  const made = element('button', {
    type: 'button', class: 'copy', 'aria-label': `Copy ${name}`, title: `Copy ${name}`, onclick: async () => {
      const copied = await navigator.clipboard.writeText(text()).then(() => true, () => false);
      say(copied ? `Copied ${name}` : `The browser does not allow copying ${name}`);
      icon.setAttribute('d', copied ? TICK : SHEETS);
      made.classList.toggle('copied', copied);
      setTimeout(() => {
        icon.setAttribute('d', SHEETS);
        made.classList.remove('copied');
      }, SHOWN_FOR);
    },
  }, drawn('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, icon), label);
  return made;
}
