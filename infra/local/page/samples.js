// The dialog that sends a documented sample.

import { element, replace } from './dom.js';
import { ask } from './feed.js';

const MANNERS = [
  ['once', 'Send', 'primary'],
  ['twice', 'Send twice', ''],
  ['wrongly_signed', 'Send wrongly signed', ''],
];

/** Makes the dialog, and hands back the names of the providers. */
export async function samples(dialog, opener) {
  const all = await ask('/page/api/samples');
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
    const sent = ask('/page/api/samples', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) });
    said.textContent = await sent.then(answered, (error) => `Not sent: ${error.message}.`);
    button.disabled = false;
    button.focus();
  };

  replace(dialog,
    element('h2', { id: 'samples-title' }, 'Send a sample'),
    element('p', { class: 'aside' }, 'A webhook that the provider documents, signed as the provider would now, with ids that are new.'),
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

/** The provider's word, and which of its samples where there are several. */
function label(sample, all) {
  const several = all.filter((other) => other.word === sample.word).length > 1;
  return several ? `${sample.word} (${sample.case})` : sample.word;
}

function answered({ answers }) {
  return answers.map(({ status, body }) => `Answered ${status}: ${body.trim()}`).join('\n');
}
