// How values read. A figure carries the Api's exact value in its element; what is undefined reads "–".
import { h } from './dom.js';

const undefinedMark = () => h('span', { class: 'soft', title: 'undefined' }, '–');

function figure(value, text) {
  return h('data', { value: String(value), title: String(value) === text ? null : String(value) }, text);
}

export function number(value, digits = 2) {
  if (value === null || value === undefined) return undefinedMark();
  // A rounded zero has no sign.
  return figure(value, value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: 'min2' }).replace(/^-(0(?:\.0+)?)$/, '$1'));
}

/** Four digits that count, for values of any size. */
export const significant = value => value === null || value === undefined ? undefinedMark() : figure(value, value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(3) : value.toPrecision(4));

export const count = value => number(value, 0);
export const percent = (value, digits = 1) => value === null || value === undefined ? undefinedMark() : figure(value, `${(value * 100).toFixed(digits).replace(/^-(0(?:\.0+)?)$/, '$1')} %`);

const two = n => String(n).padStart(2, '0');

/** A moment of the system, on this computer's clock. */
export function clock(text) {
  if (!text) return undefinedMark();
  const at = new Date(text);
  const day = at.toDateString() === new Date().toDateString() ? '' : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
  return h('time', { datetime: text, title: text }, `${day}${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`);
}

/** A moment of the market, in UTC. */
export const utc = text => h('time', { datetime: text, title: text }, new Date(text).toISOString().slice(0, 16).replace('T', ' '));

export function span(seconds) {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(Math.floor(seconds % 60))} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60 % 60))} min`;
}

// Times that pass: the page sets them again every second.
let skew = 0;

export function setClock(serverDate) {
  const difference = Date.parse(serverDate) - Date.now();
  skew = Math.abs(difference) > 2000 ? difference : 0;
}

const secondsSince = text => (Date.now() + skew - Date.parse(text)) / 1000;

function pass(element) {
  const passed = secondsSince(element.dateTime);
  element.textContent = element.dataset.form === 'ago' ? (passed < 1.5 ? 'now' : `${span(Math.floor(passed)).replace('.0', '')} ago`) : span(Math.max(0, passed));
}

export function passing(text, form) {
  const element = h('time', { datetime: text, 'data-form': form, title: text });
  pass(element);
  return element;
}

setInterval(() => document.querySelectorAll('time[data-form]').forEach(pass), 1000);

export function duration(operation) {
  if (!operation.started_at) return operation.finished_at ? undefinedMark() : '';
  return operation.finished_at
    ? h('span', { title: `${operation.started_at} to ${operation.finished_at}` }, span((Date.parse(operation.finished_at) - Date.parse(operation.started_at)) / 1000))
    : passing(operation.started_at, 'elapsed');
}

const tones = {
  succeeded: 'good', available: 'good', survives: 'good', done: 'good', supports: 'good',
  failed: 'bad', unavailable: 'bad', lost: 'bad', rejected: 'bad',
  running: 'live', busy: 'live', dispatched: 'live', draining: 'fair', cancelling: 'fair', unproven: 'fair', closing: 'fair', open: 'live',
};

/** A state in a word, with a dot of its colour. */
export const word = (text, title) => h('span', { class: `word ${tones[text] ?? ''}`, title }, text);

export function verdict(value, isFinal) {
  if (!value) return h('span', { class: 'soft' }, 'not judged yet');
  return [word(value), isFinal ? null : h('span', { class: 'mark', title: 'The verdict is final when the campaign is closed' }, 'provisional')];
}

export const market = of => [`${of.symbol} ${of.timeframe} `, of.synthetic ? h('span', { class: 'mark synthetic', title: 'A generated market, not a real one' }, 'synthetic') : null];
export const shortId = id => `${id.slice(0, 3)}…${id.slice(-8)}`;
export const operationLink = (id, text) => id ? h('a', { href: `#/operations/${id}`, title: id }, text ?? shortId(id)) : undefinedMark();
export const experimentLink = (id, text) => h('a', { href: `#/experiments/${id}`, title: id }, text);
export const plain = text => text.replaceAll('_', ' ');

export function progressBar(operation) {
  const progress = operation.progress;
  const value = Math.min(100, Math.max(0, progress?.percent ?? 0));
  return [
    h('progress', { max: 100, value, 'aria-label': `${plain(operation.type)}: ${Math.round(value)} %` }),
    h('span', { class: 'percent' }, `${Math.floor(value)} %`),
    h('span', { class: 'soft' }, progress?.step ?? ''),
  ];
}
