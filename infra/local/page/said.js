// Says something to screen readers, in the region of the page for that.

export function say(text) {
  document.getElementById('said').textContent = text;
}
