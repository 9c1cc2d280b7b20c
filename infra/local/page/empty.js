// What the list says while it is empty.

import { element, replace } from './dom.js';
import { say } from './said.js';

export class Empty {
  #place;
  #clear;
  #providers = [];
  #isDeployed = false;
  #shown = '';

  /** `clear()` is called by the button that removes the filter. */
  constructor(place, clear) {
    this.#place = place;
    this.#clear = clear;
  }

  /** Sets the names of the providers, whose webhook URLs are shown until the first webhook. */
  set providers(names) {
    this.#providers = names;
  }

  /** Sets whether the page is of a deployed stack, which has no URLs on this machine. */
  set isDeployed(is) {
    this.#isDeployed = is;
  }

  /** Shows or hides it. `nothing` says why nothing is listed; without a reason, there are no entries. */
  show(isEmpty, isComplete, nothing) {
    this.#place.hidden = !isEmpty;
    const shown = JSON.stringify([isEmpty, isComplete, nothing, this.#providers]);
    if (!isEmpty || shown === this.#shown) return;
    this.#shown = shown;
    if (isComplete && nothing.filtered) say(nothing.text);
    replace(this.#place, !isComplete ? heading('Reading the stored events') : nothing.text === '' ? this.#waiting() : [
      heading(nothing.text),
      nothing.filtered ? element('p', {}, 'Find older also looks at the stored events that are not listed here.') : null,
      nothing.filtered ? element('button', { type: 'button', onclick: this.#clear }, 'Clear the filter') : null,
    ]);
  }

  #waiting() {
    if (this.#isDeployed) return heading('The stack has no events yet');
    return [
      heading('Waiting for the first webhook'),
      element('p', {}, 'Send a sample, or configure a provider to send to one of these URLs. If you use a tunnel, replace the address with its host name.'),
      element('ul', {}, ...this.#providers.map((name) => element('li', {}, element('code', {}, `${location.origin}/webhooks/${name}`)))),
    ];
  }
}

function heading(text) {
  return element('h2', {}, text);
}
