// Creates DOM elements. Text is never parsed as markup.

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an element. Members of `given` are attributes, `on…` are listeners; false, null and undefined are skipped. */
export function element(name, given = {}, ...children) {
  return fill(document.createElement(name), given, children);
}

export function drawn(name, given = {}, ...children) {
  return fill(document.createElementNS(SVG, name), given, children);
}

/** Replaces the children of an element. Skips null and undefined. */
export function replace(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

function fill(made, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  replace(made, children);
  return made;
}
