// Assigns colours: to providers in the order of the server's list, to types by frequency.

/** The number of colours in page.css. All further names are grey. */
const HUES = 7;

let providers = [];

export function list(names) {
  providers = names;
}

export function ofProvider(name) {
  return hue(providers.includes(name) ? providers.indexOf(name) : HUES);
}

export function hue(place) {
  return `hue${Math.min(place, HUES)}`;
}
