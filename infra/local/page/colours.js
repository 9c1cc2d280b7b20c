// A colour for each provider, in the order in which the server lists them; for each type, by how often it comes.

/** Colours that page.css has; what comes after them shares the last one, which is grey. */
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
