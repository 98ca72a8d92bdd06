// Elements, and lists whose unchanged rows stay as they are: focus and selection survive an update.

const SVG = 'http://www.w3.org/2000/svg';

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.setAttribute('class', value);
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(Infinity).filter(c => c !== null && c !== undefined && c !== false && c !== ''));
  return element;
}

export const h = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

/** Makes the element's children the items', one each, by key; an item that has not changed keeps its element. */
export function keyed(parent, items, keyOf, render) {
  const old = new Map([...parent.children].map(child => [child.dataset.key, child]));
  const focused = parent.contains(document.activeElement) ? focusOf(parent) : null;
  const next = items.map(item => {
    const key = keyOf(item);
    const state = JSON.stringify(item);
    const known = old.get(key);
    if (known?.state === state) return known;
    const element = render(item);
    element.dataset.key = key;
    element.state = state;
    // What a person has opened stays open.
    known?.querySelectorAll('details').forEach((d, i) => { const fresh = element.querySelectorAll('details')[i]; if (fresh) fresh.open = d.open; });
    return element;
  });
  if (next.length === parent.children.length && next.every((element, i) => element === parent.children[i])) return;
  parent.replaceChildren(...next);
  if (focused && !parent.contains(document.activeElement)) {
    const row = next.find(element => element.dataset.key === focused.key);
    (row?.matches('a, button') ? row : row?.querySelectorAll('a, button, summary')[focused.index])?.focus({ preventScroll: true });
  }
}

function focusOf(parent) {
  const row = [...parent.children].find(child => child.contains(document.activeElement));
  return { key: row.dataset.key, index: [...row.querySelectorAll('a, button, summary')].indexOf(document.activeElement) };
}

/** A table: columns are [title, content of an item, class]. */
export function table(columns, label) {
  const body = h('tbody');
  const element = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label },
    h('table', null, h('thead', null, h('tr', null, columns.map(([title, , style]) => h('th', { scope: 'col', class: style }, title)))), body));
  return {
    element,
    show(items, keyOf, empty) {
      if (items.length === 0) body.replaceChildren(h('tr', null, h('td', { class: 'empty', colspan: columns.length }, empty)));
      else keyed(body, items, keyOf, item => h('tr', null, columns.map(([, content, style]) => h('td', { class: style }, content(item)))));
    },
  };
}

/** Names and values side by side. */
export const facts = pairs => h('dl', { class: 'facts' }, pairs.filter(p => p).map(([name, ...value]) => h('div', null, h('dt', null, name), h('dd', null, value))));

/** A chapter with a heading; without content it is left out. */
export const section = (title, ...content) => h('section', null, h('h2', null, title), content);
