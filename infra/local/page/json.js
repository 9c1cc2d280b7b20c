// Indents and colours JSON without changing a token. Parsing and serializing it would change large numbers, duplicate
// names and lone surrogates.

import { element } from './dom.js';

/** The deepest indentation, since a body may nest thousands of levels. */
const DEEPEST = 24;

/** The longest text shown in colours, in characters. */
const COLOURED = 100000;

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

/** Indents the text; null if it is not JSON. */
export function indented(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const lines = [];
  let [line, depth] = ['', 0];
  const end = () => {
    lines.push(line);
    line = '  '.repeat(Math.min(depth, DEEPEST));
  };
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '{' || token === '[') {
      line += token;
      depth += 1;
      end();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      // An empty object or array stays on one line.
      if (line.trim() === '' && /[{[]$/.test(lines.at(-1) ?? '')) line = lines.pop();
      else end();
      line += token;
    } else if (token === ',') {
      line += token;
      end();
    } else {
      line += token === ':' ? ': ' : token;
    }
  }
  lines.push(line);
  return lines.join('\n');
}

/** The text as nodes, in colours unless it is too long. */
export function coloured(text) {
  if (text.length > COLOURED) return [text];
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon] = match;
    const shown = string ?? whole;
    const kind = colon ? 'name' : string ? 'string' : 'value';
    parts.push(text.slice(end, match.index), element('span', { class: kind }, shown));
    end = match.index + shown.length;
  }
  parts.push(text.slice(end));
  return parts;
}
