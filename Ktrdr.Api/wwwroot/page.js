// The page: what is current comes over one event stream; what a view shows besides is read from the Api's own routes.
import { setClock } from './format.js';
import { h } from './dom.js';
import { overview } from './overview.js';
import { operationView } from './operation.js';
import { experimentView } from './experiment.js';

/** As long a silence on the stream is a lost connection: the Api says something every 5 s. */
const SILENCE = 15_000;

const state = document.getElementById('state');
const about = document.getElementById('about');
const main = document.getElementById('main');
const live = { workers: null, operations: null, campaigns: null };
let view = null;
let stream = null;
let heardAt = 0;

export async function read(path) {
  const answer = await fetch(`/api/v1/${path}`);
  if (answer.ok) return answer.json();
  if (answer.status === 401) noSession();
  const problem = await answer.json().catch(() => null);
  throw new Error(problem?.detail ?? problem?.title ?? `the Api answered ${answer.status}`);
}

function say(kind, text) {
  if (state.textContent !== text) state.textContent = text;
  document.body.dataset.connection = kind;
}

function noSession() {
  stream?.close();
  stream = null;
  say('closed', 'no session');
  document.getElementById('login').hidden = false;
  main.hidden = true;
}

function route() {
  const [, kind, id] = location.hash.split('/');
  view?.close?.();
  view = kind === 'operations' && id ? operationView(decodeURIComponent(id), read)
    : kind === 'experiments' && id ? experimentView(decodeURIComponent(id), read)
      : overview(kind === 'campaigns' && id ? decodeURIComponent(id) : null, read);
  main.replaceChildren(view.element);
  document.title = `${view.title ?? 'Overview'} · KTRDR`;
  if (live.operations) view.update(live);
}

async function connect() {
  const answer = await fetch('/api/v1/version').catch(() => null);
  if (answer?.status === 401) return noSession();
  if (!answer?.ok) {
    say('lost', 'The Api does not answer. Trying again…');
    setTimeout(connect, 2000);
    return;
  }
  setClock(answer.headers.get('date'));
  const version = await answer.json();
  about.replaceChildren(
    h('span', { title: `version ${version.version}, engine ${version.engine_version}` }, version.version.split('+')[0]), ` · ${version.edition} edition`,
    version.slot === null ? null : ` · slot ${version.slot}`);
  main.hidden = false;
  listen();
}

function listen() {
  stream?.close();
  stream = new EventSource('/api/v1/stream');
  heardAt = Date.now();
  const heard = () => { heardAt = Date.now(); say('live', 'live'); };
  stream.addEventListener('beat', heard);
  for (const part of Object.keys(live)) {
    stream.addEventListener(part, event => {
      heard();
      live[part] = JSON.parse(event.data);
      if (Object.values(live).every(value => value)) view.update(live);
    });
  }
  stream.onerror = () => {
    lost();
    // A browser tries again by itself after a broken connection, but not after a refusal.
    if (stream?.readyState === EventSource.CLOSED) { stream = null; setTimeout(connect, 2000); }
  };
}

const lost = () => say('lost', 'Connection lost: what you see may be old. Connecting again…');

setInterval(() => {
  if (stream && Date.now() - heardAt > SILENCE) { lost(); listen(); }
}, 2000);

addEventListener('hashchange', () => { route(); scrollTo(0, 0); document.querySelector('#main h2, #main h1')?.focus?.(); });
route();
connect();
