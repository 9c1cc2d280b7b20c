// The stack that the page is of.

/**
 * Shows the name of a deployed stack; the local one has none. Returns the program that serves the page. A deployed stack shows its
 * events only: requests and announcements are in its logs and topics, and samples are for local stacks.
 */
export function show({ stack, keeps_list: keepsList }, find) {
  find('suppressed').hidden = !keepsList;
  if (stack === null) return 'mailhooks dev';
  document.title = `${stack} - mailhooks`;
  find('stack').textContent = stack;
  for (const part of [find('send'), find('views')]) part.hidden = true;
  return 'mailhooks page';
}
