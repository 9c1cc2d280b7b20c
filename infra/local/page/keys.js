// The keys of the page, wherever the focus is.

/** `opened.close()` closes the details; `list` and `search` take the focus. */
export function keys(opened, list, search) {
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' && event.key !== 'ArrowDown') return;
    if (event.key === 'Escape' && search.value !== '') return;
    event.preventDefault();
    list.focus();
  });
  document.addEventListener('keydown', (event) => {
    if (document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape' && event.target !== search) opened.close();
    // If nothing has the focus, the arrow keys move it to the list.
    if (event.target === document.body && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      list.focus();
    }
    const isTyping = event.target.matches('input, select, textarea');
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
  });
}
