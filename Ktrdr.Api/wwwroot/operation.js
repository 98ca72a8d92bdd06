// One operation: how far it is, what happened to it, its curves and its trace. It is read again whenever the stream says that it changed.
import { facts, h, section, table } from './dom.js';
import { clock, count, duration, number, operationLink, plain, progressBar, significant, word } from './format.js';
import { curves, waterfall } from './charts.js';

/** How old a running operation's trace may be on the page. */
const TRACE_AGE = 5000;

const eventColumns = [
  ['When', e => clock(e.at), 'nowrap'],
  ['Event', e => plain(e.event), 'nowrap'],
  ['From', e => e.from ? word(e.from) : '', 'nowrap'],
  ['To', e => word(e.to), 'nowrap'],
  ['Attempt', e => count(e.attempt), 'number'],
  ['Worker', e => e.worker_id ?? '', 'nowrap'],
  ['Note', e => e.note ?? '', 'wide'],
];

const childColumns = [
  ['Operation', o => operationLink(o.id, plain(o.type)), 'nowrap'],
  ['Status', o => word(o.status), 'nowrap'],
  ['Worker', o => o.worker_id ?? '', 'nowrap'],
  ['Accepted', o => clock(o.created_at), 'nowrap'],
  ['Took', o => duration(o), 'number'],
];

export function operationView(id, read) {
  const element = h('div', { class: 'detail' }, h('p', { class: 'empty' }, 'Reading the operation…'));
  let seen = null;
  let finished = false;
  let closed = false;
  let reading = false;
  let again = false;
  let late = false;
  let trace = { spans: [], status: null, readAt: 0 };

  async function load() {
    if (reading) { again = true; return; }
    reading = true;
    try {
      do {
        again = false;
        const path = `operations/${encodeURIComponent(id)}`;
        const operation = await read(path);
        const [events, metrics, children] = await Promise.all(['events', 'metrics', 'children'].map(part => read(`${path}/${part}`)));
        // A trace can be long, so mere progress does not ask for it each time.
        if (trace.status !== operation.status || late || Date.now() - trace.readAt > TRACE_AGE) trace = { spans: await read(`${path}/trace`), status: operation.status, readAt: Date.now() };
        if (closed) return;
        finished = Boolean(operation.finished_at);
        if (finished && !late && Date.now() - Date.parse(operation.finished_at) < 10_000) {
          // The last spans are stored a little after the result.
          late = true;
          setTimeout(load, 3000);
        }
        const open = [...element.querySelectorAll('details')].map(d => d.open);
        const checks = [...element.querySelectorAll('input[type=checkbox]')].map(c => c.checked);
        element.replaceChildren(...draw(operation, events, metrics, children, trace.spans));
        element.querySelectorAll('details').forEach((d, i) => { d.open = open[i] ?? false; });
        element.querySelectorAll('input[type=checkbox]').forEach((c, i) => { if (checks[i]) c.click(); });
      } while (again);
    } catch (error) {
      if (!closed) element.replaceChildren(back(), h('p', { class: 'bad' }, `The operation could not be read: ${error.message}`));
    } finally {
      reading = false;
    }
  }

  return {
    element,
    title: 'Operation',
    close: () => { closed = true; },
    update(live) {
      const mine = live.operations.find(o => o.id === id);
      const state = mine ? JSON.stringify(mine) : 'not in the list';
      if (state === seen) return;
      seen = state;
      if (!finished) load();
    },
  };
}

export const back = () => h('p', { class: 'back' }, h('a', { href: '#/' }, '← Overview'));

function draw(o, events, metrics, children, spans) {
  const eventTable = table(eventColumns, 'Events');
  eventTable.show(events, e => String(e.sequence), 'No event.');
  const childTable = table(childColumns, 'Operations that it started');
  childTable.show(children, c => c.id, 'None.');
  return [
    back(),
    section([plain(o.type), ' ', word(o.status)],
      o.failure ? h('div', { class: 'failure', role: 'alert' }, h('p', null, h('b', null, `${o.failure.code}: `), o.failure.message), o.failure.suggestion ? h('p', null, o.failure.suggestion) : null) : null,
      o.waiting_for ? h('p', null, `Place ${o.queue_position} in its queue: it waits for ${o.waiting_for}.`) : null,
      !o.finished_at && o.status !== 'queued' ? h('p', { class: 'progress-line' }, progressBar(o)) : null,
      facts([
        ['Id', h('code', null, o.id)],
        o.parent_id && ['Part of', operationLink(o.parent_id)],
        o.campaign_id && ['Campaign', h('a', { href: `#/campaigns/${o.campaign_id}` }, h('code', null, o.campaign_id))],
        o.request?.experiment_id && ['Experiment', h('a', { href: `#/experiments/${o.request.experiment_id}` }, h('code', null, o.request.experiment_id))],
        ['Worker', o.worker_id ?? '–'],
        ['Attempt', count(o.attempt)],
        ['Accepted', clock(o.created_at)],
        ['Started', clock(o.started_at)],
        ['Finished', clock(o.finished_at)],
        ['Took', duration(o)],
        o.progress?.items_total && ['Items', count(o.progress.items_done), ' of ', count(o.progress.items_total)],
        o.progress?.rate && ['Rate', number(o.progress.rate, 1), ' per second'],
        ...Object.entries(o.progress?.context ?? {}).map(([name, value]) => [plain(name), significant(value)]),
      ])),
    metricsSection(metrics),
    section('Events', eventTable.element),
    children.length > 0 ? section('Operations that it started', childTable.element) : null,
    section('Trace', waterfall(spans, o.id)),
    section('Request and result',
      h('details', null, h('summary', null, 'Request'), h('pre', null, JSON.stringify(o.request, null, 2))),
      o.result ? h('details', null, h('summary', null, 'Result'), h('pre', null, shortened(o.result))) : h('p', { class: 'empty' }, 'No result yet.')),
  ].filter(part => part);
}

/** Long lists of a result have routes of their own; here they are counted. */
const shortened = result => JSON.stringify(result, (_, value) => Array.isArray(value) && value.length > 50 ? `${value.length} entries` : value, 2);

const styles = ['one', 'two', 'three', 'four'];

function metricsSection(metrics) {
  const names = [...new Set(metrics.map(m => m.name))];
  if (names.length === 0) return null;
  // Curves of one unit share an axis: losses with losses.
  const groups = Map.groupBy(names, name => name.includes('loss') ? 'Loss' : plain(name));
  return section('Curves', [...groups].map(([title, members]) => {
    const series = members.map((name, i) => ({ name: plain(name), style: styles[i % styles.length], points: metrics.filter(m => m.name === name).sort((a, b) => a.step - b.step).map(m => [m.step, m.value]) }));
    return [h('h3', null, title), curves(series, { height: 150, label: `${title} by step`, x: v => `step ${v}` })];
  }));
}
