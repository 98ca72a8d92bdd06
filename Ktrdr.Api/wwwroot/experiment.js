// One experiment as a story: hypothesis, design, training, backtest, verdict, assessment, lesson. Each chapter is what the Api stores.
import { facts, h, section, table } from './dom.js';
import { clock, count, market, number, operationLink, percent, plain, significant, utc, verdict, word } from './format.js';
import { curves } from './charts.js';
import { back } from './operation.js';

const tradeColumns = [
  ['#', t => count(t.number), 'number'],
  ['Side', t => t.side],
  ['Entry (UTC)', t => utc(t.entry_time), 'nowrap'],
  ['Price', t => number(t.entry_price, 5), 'number'],
  ['Exit (UTC)', t => utc(t.exit_time), 'nowrap'],
  ['Price', t => number(t.exit_price, 5), 'number'],
  ['Bars', t => count(t.bars_held), 'number'],
  ['Quantity', t => number(t.quantity), 'number'],
  ['Gross', t => number(t.gross_pnl), 'number'],
  ['Costs', t => h('span', null, number(t.commission + t.slippage + t.financing)), 'number'],
  ['Net', t => h('span', { class: t.net_pnl < 0 ? 'bad' : 'good' }, number(t.net_pnl)), 'number'],
  ['Why it ended', t => plain(t.exit_reason)],
];

export function experimentView(id, read) {
  const element = h('div', { class: 'detail' }, h('p', { class: 'empty' }, 'Reading the experiment…'));
  let seen = null;
  let closed = false;
  let campaignId = null;
  let drawn = null;

  async function load() {
    try {
      const experiment = await read(`experiments/${encodeURIComponent(id)}`);
      campaignId = experiment.campaign_id;
      const state = JSON.stringify(experiment);
      if (closed || state === drawn) return;
      const e = experiment;
      const [campaign, design, strategy, model, validation, test] = await Promise.all([
        read(`campaigns/${e.campaign_id}`),
        e.design_operation_id ? read(`operations/${e.design_operation_id}`) : null,
        e.strategy_hash ? read(`strategies/${e.strategy_hash}`).catch(() => null) : null,
        e.model_id ? read(`models/${e.model_id}`) : null,
        e.validation && e.backtest_operation_id ? run(e.backtest_operation_id) : null,
        e.test && e.test_operation_id ? run(e.test_operation_id) : null,
      ]);
      if (closed) return;
      drawn = state;
      const open = [...element.querySelectorAll('details')].map(d => d.open);
      element.replaceChildren(...draw(experiment, campaign, design, strategy, model, validation, test));
      element.querySelectorAll('details').forEach((d, i) => { d.open = open[i] ?? false; });
    } catch (error) {
      if (!closed) element.replaceChildren(back(), h('p', { class: 'bad' }, `The experiment could not be read: ${error.message}`));
    }
  }

  async function run(operation) {
    const [backtest, equity, trades] = await Promise.all(['', '/equity', '/trades'].map(part => read(`backtests/${operation}${part}`)));
    return { ...backtest, equity, trades };
  }

  return {
    element,
    title: 'Experiment',
    close: () => { closed = true; },
    update(live) {
      const campaign = live.campaigns.find(c => c.id === campaignId);
      const state = JSON.stringify(campaign ?? live.campaigns);
      if (state === seen) return;
      seen = state;
      load();
    },
  };
}

function draw(e, campaign, design, strategy, model, validation, test) {
  return [
    h('p', { class: 'back' }, h('a', { href: `#/campaigns/${campaign.id}` }, '← Leaderboard')),
    section([`${e.strategy_name ?? `Experiment ${e.number}`} `, e.verdict ? verdict(e.verdict, e.verdict_is_final) : word(e.phase)],
      e.failure ? h('p', { class: 'failure' }, e.failure) : null,
      facts([
        ['Experiment', `${e.number} of ${campaign.cycles}`],
        ['Market', market(campaign)],
        ['Phase', word(e.phase)],
        ['Began', clock(e.created_at)],
        ['Ended', clock(e.finished_at)],
        ['Id', h('code', null, e.id)],
      ])),
    section('Hypothesis', e.hypothesis ? h('blockquote', null, e.hypothesis) : h('p', { class: 'empty' }, 'Being designed.')),
    designSection(e, design, strategy),
    trainingSection(e, model),
    e.gate && !e.gate.passed ? section(`Stopped at the ${e.gate.gate} gate`, h('p', null, e.gate.reason)) : null,
    validation ? backtestSection('Backtest on validation', validation, e.validation) : null,
    test ? backtestSection('Backtest on test', test, e.test) : null,
    verdictSection(e, campaign),
    assessmentSection(e),
    e.lesson ? section('Lesson', h('blockquote', null, e.lesson.claim), h('p', { class: 'note' }, `It ${e.lesson.relation} the hypothesis. `, operationLink(e.learning_operation_id, 'The operation'))) : null,
  ].filter(part => part);
}

function designSection(e, design, strategy) {
  if (!e.strategy_hash) return null;
  const document = strategy?.document ?? design?.result?.document;
  return section('Design',
    design?.result?.rationale ? h('p', null, design.result.rationale) : null,
    h('p', { class: 'chips' }, e.blocks.map(block => h('span', { class: 'chip' }, plain(block)))),
    document ? h('details', null, h('summary', null, 'The strategy document'), h('pre', null, document)) : null,
    h('p', { class: 'note' }, 'Strategy ', h('code', { title: e.strategy_hash }, e.strategy_hash.slice(0, 12)), ' · ', operationLink(e.design_operation_id, 'The operation')));
}

function trainingSection(e, model) {
  if (!model) return null;
  const t = model.training;
  const series = [['training loss', 'one', 'train_loss'], ['validation loss', 'two', 'validation_loss']]
    .map(([name, style, field]) => ({ name, style, points: t.history.filter(r => r[field] !== null).map(r => [r.epoch, r[field]]) }));
  return section('Training',
    facts([
      ['Epochs', count(t.epochs_trained)],
      ['Best epoch', count(t.best_epoch)],
      ['Stopped by', plain(t.stop_reason)],
      ['Training loss', significant(t.train_loss)],
      ['Validation loss', significant(t.validation_loss)],
      ['Accuracy', percent(t.validation_accuracy)],
      ['Rows', count(t.train_rows), ' + ', count(t.validation_rows)],
      ['Nothing but zeros', percent(t.all_zero_share)],
      ['Parameters', count(t.parameters)],
      ['Inputs', count(t.features.length)],
      t.proof && ['Sees the future', tried(t.proof)],
      t.predicted_class_counts.length > 0 && ['Predicted buy / hold / sell', t.predicted_class_counts.map((n, i) => [i > 0 ? ' / ' : '', count(n)])],
    ]),
    t.history.length > 1 ? curves(series, { height: 150, label: 'Losses by epoch', x: v => `epoch ${v}` }) : null,
    h('p', { class: 'note' }, 'Model ', h('code', null, model.id), ' · ', operationLink(e.training_operation_id, 'The operation')));
}

function backtestSection(title, run, metrics) {
  const r = run.result;
  const trades = table(tradeColumns, 'Trades');
  trades.show(run.trades, t => String(t.number), 'No trade.');
  return section(title,
    facts([
      ['Sharpe', number(metrics.sharpe)],
      ['t', number(metrics.net_t_statistic)],
      ['Trades', count(metrics.trades)],
      ['Total return', percent(metrics.total_return)],
      ['Annual return', percent(metrics.annual_return)],
      ['Volatility', percent(metrics.volatility)],
      ['Max drawdown', percent(metrics.max_drawdown)],
      ['Win rate', percent(metrics.win_rate)],
      ['Profit factor', number(metrics.profit_factor)],
      ['Exposure', percent(metrics.exposure)],
      ['Costs paid', number(metrics.costs_paid)],
      ['Final equity', number(metrics.final_equity)],
      ['Sharpe at 2× costs', number(r.sharpe_at_double_costs)],
      ['Sharpe at 3× costs', number(r.sharpe_at_triple_costs)],
      ['Buy and hold Sharpe', number(r.buy_and_hold_sharpe)],
      ['Sees the future', r.leaks.length === 0 ? tried(r.proof) : h('span', { class: 'bad' }, r.leaks.join(', '))],
    ]),
    curves([{ name: 'equity', style: 'one', points: run.equity.map(p => [Date.parse(p.time), p.equity]) }], {
      label: `Equity from ${r.start} to ${r.end}`, x: v => new Date(v).toISOString().slice(0, 10), y: v => v.toLocaleString('en', { maximumFractionDigits: 0 }), base: r.initial_capital,
    }),
    h('p', { class: 'note' }, 'Equity over ', count(r.bars), ' bars, net of costs; the dashed line is the initial capital of ', count(r.initial_capital), '. Trade list ', h('code', { title: r.trade_list_hash }, r.trade_list_hash.slice(0, 12)), ' · ', operationLink(run.operation_id, 'The operation')),
    h('details', { class: 'trades' }, h('summary', null, `${run.trades.length} trades`), trades.element));
}

// Results of earlier versions have no count. Without a cut point nothing was tried, which is no proof of anything.
function tried(proof) {
  if (!proof) return 'no leak found; at how many cut points was not kept';
  const said = { title: proof.summary ?? '' };
  return proof.cut_points > 0
    ? h('span', said, `no leak found at ${count(proof.cut_points)} cut points in ${count(proof.nodes)} nodes`)
    : h('span', { class: 'bad', ...said }, 'nothing could be tried');
}

function verdictSection(e, campaign) {
  if (!e.verdict) return null;
  const s = e.statistics;
  return section(['Verdict ', verdict(e.verdict, e.verdict_is_final)],
    h('ul', null, e.verdict_reasons.map(reason => h('li', null, reason))),
    s ? facts([
      ['N (trials)', count(campaign.statistics?.trials)],
      ['Effective N', number(campaign.statistics?.effective_trials, 1)],
      ['Probabilistic Sharpe', number(s.probabilistic_sharpe, 3)],
      ['Deflated Sharpe', number(s.deflated_sharpe, 3)],
      ['Nominated for the test', s.nominated ? 'yes' : 'no'],
      ['Test Sharpe', number(s.test_sharpe)],
      ['Test probability, adjusted', number(s.test_adjusted_probability, 3)],
    ]) : null);
}

function assessmentSection(e) {
  const a = e.assessment;
  if (!a) return null;
  const list = (title, items) => items.length > 0 ? [h('h3', null, title), h('ul', null, items.map(item => h('li', null, item)))] : null;
  const inputs = table([
    ['Input', r => r.input],
    ['Loss with it', r => significant(r.loss_with), 'number'],
    ['Loss without it', r => significant(r.loss_without), 'number'],
    ['Contribution', r => significant(r.contribution), 'number'],
  ], 'What each input contributes');
  inputs.show(a.attribution, r => r.input, 'Not measured.');
  return section('Assessment',
    list('Findings', a.findings), list('Strengths', a.strengths), list('Weaknesses', a.weaknesses), list('Suggestions', a.suggestions),
    a.attribution.length > 0 ? [h('h3', null, 'What each input contributes'), inputs.element] : null,
    h('p', { class: 'note' }, operationLink(e.assessment_operation_id, 'The operation')));
}
