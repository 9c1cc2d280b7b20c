// The state of the connection to the server, and of the server's own to a deployed stack.

export class Connection {
  #place;
  #state = 'connecting';
  #trouble = null;
  #program = 'mailhooks dev';

  constructor(place) {
    this.#place = place;
  }

  /** The program that serves the page. */
  set program(name) {
    this.#program = name;
  }

  /** `live`, `lost` or `connecting`. */
  set state(state) {
    this.#state = state;
    this.#show();
  }

  /** Why the server cannot read new events now, or null. */
  set trouble(text) {
    this.#trouble = text;
    this.#show();
  }

  #show() {
    const texts = { live: 'live', lost: `no connection: is ${this.#program} running?`, connecting: 'connecting' };
    const isTroubled = this.#state === 'live' && this.#trouble !== null;
    this.#place.textContent = isTroubled ? `new events cannot be read: ${this.#trouble}` : texts[this.#state];
    this.#place.dataset.state = isTroubled ? 'lost' : this.#state;
  }
}
