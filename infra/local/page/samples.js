// The dialog for sending documented samples.

import * as api from './api.js';
import { element, replace } from './dom.js';

const MANNERS = [
  ['once', 'Send', 'primary'],
  ['twice', 'Send twice', ''],
  ['wrongly_signed', 'Send with wrong signature', ''],
];

/** Fills the dialog and returns the names of the providers. */
export async function samples(dialog, opener) {
  const all = await api.samples();
  const providers = [...new Set(all.map((sample) => sample.provider))];
  const provider = element('select', { id: 'sample-provider', onchange: () => list() }, ...providers.map((name) => element('option', {}, name)));
  const which = element('select', { id: 'sample-case', size: '9', onchange: () => describe() });
  const about = element('p', { class: 'about' });
  const said = element('p', { class: 'answered', role: 'status' });

  const chosen = () => all.find((sample) => sample.provider === provider.value && sample.case === which.value);
  const describe = () => { about.textContent = chosen()?.about ?? ''; };
  const list = () => {
    const mine = all.filter((sample) => sample.provider === provider.value);
    replace(which, mine.map((sample) => element('option', { value: sample.case }, label(sample, mine))));
    which.selectedIndex = Math.max(0, mine.findIndex((sample) => sample.word.includes('bounced')));
    describe();
  };
  const send = async (manner, button) => {
    button.disabled = true;
    said.textContent = 'sending';
    const order = { provider: provider.value, case: which.value, manner };
    said.textContent = await api.send(order).then(answered, (error) => `Not sent: ${error.message}.`);
    button.disabled = false;
    button.focus();
  };

  replace(dialog,
    element('h2', { id: 'samples-title' }, 'Send a sample'),
    element('p', { class: 'aside' }, 'A webhook from the documentation of the provider, with new ids and a current signature.'),
    element('label', { for: 'sample-provider' }, 'Provider'), provider,
    element('label', { for: 'sample-case' }, 'Event'), which, about,
    element('div', { class: 'buttons' },
      ...MANNERS.map(([manner, name, kind]) => element('button', { type: 'button', class: kind, onclick: (event) => send(manner, event.target) }, name)),
      element('button', { type: 'button', onclick: () => dialog.close() }, 'Close')),
    said);
  list();
  opener.addEventListener('click', () => {
    said.textContent = '';
    dialog.showModal();
  });
  return providers;
}

/** The provider's event type, with the name of the sample if the type has several. */
function label(sample, all) {
  const several = all.filter((other) => other.word === sample.word).length > 1;
  return several ? `${sample.word} (${sample.case})` : sample.word;
}

function answered({ answers }) {
  return answers.map(({ status, body }) => `Answered ${status}: ${body.trim()}`).join('\n');
}
