// The first view: campaigns with their leaderboard, operations, workers.
import { h, keyed, section, table } from './dom.js';
import { clock, count, duration, experimentLink, market, number, operationLink, passing, plain, progressBar, verdict, word } from './format.js';

const LARGEST_BOARD = 200;

const boardColumns = [
  ['#', r => count(r.rank), 'number'],
  ['Strategy', r => [experimentLink(r.experiment_id, r.strategy ?? `experiment ${r.number}`), h('div', { class: 'note' }, r.named ? [market(r), ' '] : null, r.hypothesis)], 'wide'],
  ['Verdict', r => [h('div', { class: 'nowrap' }, r.phase === 'done' || r.verdict ? verdict(r.verdict, r.verdict_is_final) : word(r.phase)), r.reasons.map(reason => h('div', { class: 'note' }, reason))], 'wide'],
  ['Validation Sharpe', r => number(r.validation_sharpe), 'number'],
  ['Deflated Sharpe', r => number(r.deflated_sharpe, 3), 'number'],
  ['Test Sharpe', r => number(r.test_sharpe), 'number'],
  ['t', r => number(r.t_statistic), 'number'],
  ['Trades', r => count(r.trades), 'number'],
  ['N', r => count(r.trials_counted), 'number'],
];

const operationColumns = [
  ['Operation', o => operationLink(o.id, plain(o.type)), 'nowrap'],
  ['Status', o => word(o.status), 'nowrap'],
  ['About', o => [h('div', null, about(o)), happening(o)], 'wide'],
  ['Worker', o => o.worker_id ?? '', 'nowrap'],
  ['Accepted', o => clock(o.created_at), 'nowrap'],
  ['Took', o => duration(o), 'number'],
];

const workerColumns = [
  ['Worker', w => [w.worker_id, h('div', { class: 'note' }, [w.kinds.join(', '), w.capabilities.gpu ? ` · ${w.capabilities.gpu_name ?? 'GPU'}` : null])], 'nowrap'],
  ['Status', w => word(w.status), 'nowrap'],
  ['Slots', w => h('span', { title: `${w.busy_slots} of ${w.slots} slots are busy` }, `${w.busy_slots}/${w.slots}`), 'number'],
  ['Runs', w => w.operations.map(id => h('div', null, operationLink(id, w.names[id]))), 'nowrap'],
  ['Last seen', w => passing(w.last_seen_at, 'ago'), 'number nowrap'],
];

function about(o) {
  const r = o.request;
  return [r.symbol ? `${r.symbol} ${r.timeframe ?? ''}` : o.market, r.purpose, r.window && `${r.window} window`, r.stage, r.dropped_inputs?.length > 0 && `without ${r.dropped_inputs.join(', ')}`].filter(word => word).join(', ');
}

function happening(o) {
  if (o.failure) return h('span', { class: 'bad', title: o.failure.suggestion }, o.failure.message);
  if (o.status === 'queued') return h('span', { class: 'soft' }, o.waiting_for ? `place ${o.queue_position}, waits for ${o.waiting_for}` : 'waits for its turn');
  if (o.finished_at) return '';
  return progressBar(o);
}

export function overview(wanted, read) {
  const campaigns = h('nav', { class: 'campaigns', 'aria-label': 'Campaigns' });
  const head = h('div', { class: 'note' });
  const board = table(boardColumns, 'Leaderboard');
  const operations = table(operationColumns, 'Operations');
  const workers = table(workerColumns, 'Workers');
  const boardSection = section('Leaderboard', campaigns, head, board.element, h('p', { class: 'note' },
    'N counts every strategy ever tried on this data. The deflated Sharpe is the probability that the true Sharpe is above the best that luck alone shows in N tries. A verdict is provisional until its campaign is closed.'));
  boardSection.classList.add('full');
  const element = h('div', { class: 'overview' }, boardSection, section('Operations', operations.element), section('Workers', workers.element));
  let shown = null;
  let asked = 0;

  async function readBoard(selected, state) {
    if (state === shown) return;
    shown = state;
    const mine = ++asked;
    try {
      const rows = await read(`leaderboard?limit=${LARGEST_BOARD}${selected ? `&campaign=${encodeURIComponent(selected)}` : ''}`);
      if (mine === asked) board.show(rows.map(r => ({ ...r, named: !selected })), r => r.experiment_id, 'No experiment yet. Start some with: ktrdr research --symbol EURUSD -n 3 --follow');
    } catch (error) {
      if (mine === asked) { shown = null; board.show([], null, `The leaderboard could not be read: ${error.message}`); }
    }
  }

  function update(live) {
    const selected = wanted === 'all' ? null : live.campaigns.find(c => c.id === wanted)?.id ?? wanted ?? live.campaigns[0]?.id ?? null;
    const campaign = live.campaigns.find(c => c.id === selected);
    keyed(campaigns, live.campaigns.length > 0 ? [...live.campaigns.map(c => ({ ...c, selected: c.id === selected })), { id: 'all', selected: selected === null }] : [], c => c.id, campaignCard);
    head.replaceChildren(...(campaign ? [campaignLine(campaign)] : []));
    readBoard(selected, JSON.stringify([selected, campaign ?? live.campaigns]));
    const markets = Object.fromEntries(live.campaigns.map(c => [c.id, `${c.symbol} ${c.timeframe}`]));
    operations.show(live.operations.map(o => ({ ...o, market: markets[o.campaign_id] })), o => o.id, 'No operation yet. Bring bars in with: ktrdr data import, or ktrdr data generate');
    const names = Object.fromEntries(live.operations.map(o => [o.id, plain(o.type)]));
    workers.show(live.workers.map(w => ({ ...w, names: Object.fromEntries(w.operations.map(id => [id, names[id]])) })), w => w.worker_id, 'No worker is registered: nothing can run.');
  }

  return { element, title: null, update };
}

function campaignCard(c) {
  const current = c.selected ? 'true' : null;
  if (c.id === 'all') return h('a', { href: '#/campaigns/all', 'aria-current': current, class: 'card' }, h('span', null, 'All campaigns'));
  return h('a', { href: `#/campaigns/${c.id}`, 'aria-current': current, class: 'card', title: c.id },
    h('span', null, market(c)), h('span', { class: 'note' }, word(c.status), ` · ${c.done} of ${c.cycles} done · `, clock(c.created_at)));
}

function campaignLine(c) {
  const stage = { nominate: 'provisional', conclude: 'final' }[c.statistics_stage];
  return h('p', { class: 'facts-line' }, `“${c.goal}” on `, market(c), ` · ${c.done} of ${c.cycles} experiments done · N `, count(c.trials), ', effective N ', number(c.effective_trials, 1), stage ? ` (${stage} statistics)` : null);
}
