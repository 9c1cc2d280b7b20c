// The button that announces an event once more.

import { element } from './dom.js';
import { say } from './said.js';

/** `announce()` asks the server for it. The button asks for a second click first: subscribers get the event again. */
export function announceAgain(announce) {
  const said = element('span', { class: 'aside', role: 'status' });
  const button = element('button', { type: 'button', onclick: () => clicked() }, 'Announce again');
  let asked = false;
  const clicked = async () => {
    if (!asked) {
      asked = true;
      button.textContent = 'Yes, announce it again';
      said.textContent = ' Subscribers get the event once more, under the same id.';
      say(said.textContent);
      return;
    }
    button.disabled = true;
    said.textContent = await announce().then(
      ({ announced_on: topics }) => ` Announced on ${topics.join(', ')}.`,
      (error) => ` Not announced: ${error.message}.`,
    );
    asked = false;
    button.textContent = 'Announce again';
    button.disabled = false;
    button.focus();
  };
  return element('p', {}, button, said);
}
