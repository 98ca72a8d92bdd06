// The first page: one view, read live from /api/v1/stream. Every number is the Api's own.
const state = document.getElementById('state');
const number = (value, digits = 2) => value === null || value === undefined ? '–' : value.toFixed(digits);
const time = text => new Date(text).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function cell(content, className) {
  const td = document.createElement('td');
  if (className) td.className = className;
  td.append(...[content].flat());
  return td;
}

function span(text, className, title) {
  const element = document.createElement('span');
  element.textContent = text;
  if (className) element.className = className;
  if (title) element.title = title;
  return element;
}

function fill(id, rows, columns, empty) {
  const section = document.getElementById(id);
  section.hidden = false;
  const body = section.querySelector('tbody');
  if (rows.length === 0) {
    const row = document.createElement('tr');
    const td = cell(empty, 'empty');
    td.colSpan = section.querySelectorAll('th').length;
    row.append(td);
    body.replaceChildren(row);
    return;
  }
  // What a person has opened stays open when the rows are drawn again.
  const open = new Set([...body.querySelectorAll('details[open]')].map(d => d.dataset.key));
  body.replaceChildren(...rows.map(r => {
    const row = document.createElement('tr');
    row.append(...columns(r));
    return row;
  }));
  body.querySelectorAll('details').forEach(d => { d.open = open.has(d.dataset.key); });
}

const market = r => r.synthetic
  ? [`${r.symbol} ${r.timeframe}`, span('synthetic', 'mark synthetic', 'A generated market, not a real one')]
  : [`${r.symbol} ${r.timeframe}`];

function verdict(row) {
  const word = row.verdict ?? '–';
  const colour = { survives: 'good', unproven: 'fair', rejected: 'bad' }[word] ?? '';
  return span(word, `${colour} ${row.verdict && !row.verdict_is_final ? 'provisional' : ''}`, row.reasons.join('; '));
}

function strategy(row) {
  if (!row.hypothesis && row.reasons.length === 0) return row.strategy ?? '–';
  const details = document.createElement('details');
  details.dataset.key = row.experiment_id;
  const summary = document.createElement('summary');
  summary.textContent = row.strategy ?? `experiment ${row.number}`;
  const text = document.createElement('p');
  text.className = 'note';
  text.textContent = [row.hypothesis, ...row.reasons].filter(Boolean).join(' · ');
  details.append(summary, text);
  return details;
}

function progress(operation) {
  if (!operation.progress) return '';
  if (operation.status !== 'running') return operation.progress.step;
  const bar = document.createElement('progress');
  bar.max = 100;
  bar.value = operation.progress.percent;
  bar.setAttribute('aria-label', `${operation.type}: ${Math.round(operation.progress.percent)} %`);
  return [bar, `${operation.progress.percent.toFixed(0)} % ${operation.progress.step}`];
}

const statusColour = s => ({ succeeded: 'good', available: 'good', failed: 'bad', unavailable: 'bad', lost: 'bad', running: 'fair', busy: 'fair', draining: 'fair' })[s] ?? '';

function show(view) {
  document.getElementById('login').hidden = true;
  fill('campaigns', view.campaigns, c => [
    cell(c.goal), cell(market(c)), cell(span(c.status)), cell(String(c.cycles), 'number'), cell(c.trials === null ? '–' : String(c.trials), 'number'), cell(number(c.effective_trials, 1), 'number'),
  ], 'No campaign yet. Start one with: ktrdr research');
  fill('leaderboard', view.leaderboard, r => [
    cell(String(r.rank), 'number'), cell(verdict(r)), cell(strategy(r)), cell(market(r)), cell(r.phase),
    cell(number(r.validation_sharpe), 'number'), cell(number(r.deflated_sharpe, 3), 'number'), cell(number(r.test_sharpe), 'number'),
    cell(number(r.t_statistic), 'number'), cell(String(r.trades), 'number'), cell(r.trials_counted === null ? '–' : String(r.trials_counted), 'number'),
  ], 'No experiment yet.');
  fill('operations', view.operations, o => [
    cell(span(o.id.slice(0, 15) + '…', '', o.id)), cell(o.type), cell(span(o.status, statusColour(o.status), o.failure?.message)), cell(progress(o)),
    cell(o.worker_id ?? ''), cell(String(o.attempt), 'number'), cell(time(o.created_at)),
  ], 'No operation yet.');
  fill('workers', view.workers, w => [
    cell(w.worker_id), cell(w.kinds.join(', ')), cell(span(w.status, statusColour(w.status))), cell(`${w.busy_slots} / ${w.slots}`, 'number'),
    cell(w.capabilities.gpu ? (w.capabilities.gpu_name ?? 'yes') : ''), cell(w.operations.map(o => o.slice(0, 15) + '…').join(', ')),
  ], 'No worker is registered.');
}

async function connect() {
  const answer = await fetch('/api/v1/version').catch(() => null);
  if (answer?.status === 401) {
    document.getElementById('login').hidden = false;
    state.textContent = 'no session';
    return;
  }
  if (!answer?.ok) {
    state.textContent = 'the Api does not answer; trying again…';
    setTimeout(connect, 2000);
    return;
  }
  const about = await answer.json();
  const stream = new EventSource('/api/v1/stream');
  stream.addEventListener('view', event => {
    state.textContent = `live · ${about.edition} edition ${about.version.split('+')[0]}${about.slot === null ? '' : ` · slot ${about.slot}`}`;
    show(JSON.parse(event.data));
  });
  stream.onerror = () => {
    state.textContent = 'connection lost; trying again…';
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

connect();
