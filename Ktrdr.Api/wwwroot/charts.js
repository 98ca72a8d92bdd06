// Small pictures drawn as SVG: curves and a trace's waterfall.
import { h, svg } from './dom.js';
import { span } from './format.js';

const WIDTH = 960;

/** Lines over a common axis: series are { name, style, points: [[x, y]] }. The labels are the extremes, exactly those of the points. */
export function curves(series, { height = 180, label, x = String, y = short, base = null }) {
  const points = series.flatMap(s => s.points);
  if (points.length < 2) return h('p', { class: 'empty' }, 'Not enough points for a curve.');
  const xs = extent(points.map(p => p[0]));
  const ys = extent(points.map(p => p[1]).concat(base ?? []));
  const left = 76, right = 12, top = 10, bottom = 22;
  const px = v => left + (xs[1] === xs[0] ? 0 : (v - xs[0]) / (xs[1] - xs[0]) * (WIDTH - left - right));
  const py = v => top + (ys[1] === ys[0] ? 0.5 : (ys[1] - v) / (ys[1] - ys[0])) * (height - top - bottom);
  const rule = (value, style) => svg('line', { x1: left, x2: WIDTH - right, y1: py(value), y2: py(value), class: style });
  return h('figure', null,
    svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label },
      rule(ys[0], 'axis'), rule(ys[1], 'axis'), base === null ? null : rule(base, 'base'),
      svg('text', { x: left - 6, y: py(ys[1]) + 4, class: 'end' }, y(ys[1])), svg('text', { x: left - 6, y: py(ys[0]) + 4, class: 'end' }, y(ys[0])),
      svg('text', { x: left, y: height - 5 }, x(xs[0])), svg('text', { x: WIDTH - right, y: height - 5, class: 'end' }, x(xs[1])),
      series.map(s => svg('path', { class: `curve ${s.style}`, d: path(thin(s.points), px, py) }))),
    series.length > 1 ? h('figcaption', null, series.map(s => h('span', { class: `legend ${s.style}` }, s.name))) : null);
}

const short = v => v !== 0 && Math.abs(v) < 0.001 ? v.toExponential(2) : v.toPrecision(4);

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
  return [low, high];
}

/** At most about two points per pixel: of every stretch its lowest and highest, so that no extreme is lost. */
function thin(points) {
  const size = Math.ceil(points.length / WIDTH);
  if (size <= 2) return points;
  const kept = [];
  for (let i = 0; i < points.length; i += size) {
    const part = points.slice(i, i + size);
    const low = part.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    kept.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  }
  return kept;
}

const path = (points, px, py) => points.map((p, i) => `${i === 0 ? 'M' : 'L'}${px(p[0]).toFixed(1)} ${py(p[1]).toFixed(1)}`).join('');

const MOST_SPANS = 250;

/** The spans of one operation as a tree over time; the whole trace or its database calls on request. */
export function waterfall(spans, operationId) {
  if (spans.length === 0) return h('p', { class: 'empty' }, 'No span has been stored yet: a span is stored when it ends.');
  const area = h('div');
  const whole = check('the whole trace', draw);
  const database = check('database calls', draw);
  const own = s => [s.attributes?.['ktrdr.operation.id'], s.attributes?.['ktrdr.operation_id']].includes(operationId);

  function draw() {
    const children = new Map();
    const known = new Set(spans.map(s => s.span_id));
    for (const s of spans) {
      const parent = known.has(s.parent_span_id) ? s.parent_span_id : null;
      children.set(parent, [...(children.get(parent) ?? []), s]);
    }
    const rows = [];
    const walk = (s, depth, inside) => {
      const shown = whole.checked || inside || own(s);
      if (shown && (database.checked || s.name !== 'postgresql')) rows.push({ ...s, depth });
      for (const child of children.get(s.span_id) ?? []) walk(child, shown ? depth + 1 : depth, shown);
    };
    for (const root of children.get(null) ?? []) walk(root, 0, false);
    area.replaceChildren(rows.length === 0 ? h('p', { class: 'empty' }, 'No span is of this operation itself; the whole trace shows what it started.') : bars(rows));
  }

  draw();
  return h('div', null, h('div', { class: 'checks' }, whole.label, database.label, h('span', { class: 'note' }, `${spans.length} spans in the trace`)), area);

  function check(text, change) {
    const box = h('input', { type: 'checkbox', onchange: () => change() });
    return { label: h('label', null, box, ' ', text), get checked() { return box.checked; } };
  }
}

function bars(rows) {
  const shown = rows.slice(0, MOST_SPANS);
  const start = Math.min(...shown.map(s => Date.parse(s.started_at)));
  const end = Math.max(...shown.map(s => Date.parse(s.started_at) + s.milliseconds));
  const scale = 100 / Math.max(end - start, 0.001);
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Trace' },
    h('table', { class: 'waterfall' },
      h('thead', null, h('tr', null, ['Span', 'Service', 'Took', `0 to ${span((end - start) / 1000)}`].map(t => h('th', { scope: 'col' }, t)))),
      h('tbody', null, shown.map(s => h('tr', { title: s.attributes?.['url.full'] ?? s.attributes?.['db.query.text'] },
        h('td', { class: `depth d${Math.min(s.depth, 8)}` }, s.name, s.status && s.status !== 'ok' ? h('span', { class: 'bad' }, ` ${s.status}`) : null),
        h('td', { class: 'soft nowrap' }, s.service),
        h('td', { class: 'number' }, s.milliseconds < 1000 ? `${s.milliseconds.toFixed(1)} ms` : span(s.milliseconds / 1000)),
        h('td', { class: 'lane' }, svg('svg', { viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': true },
          svg('rect', { x: (Date.parse(s.started_at) - start) * scale, width: Math.max(s.milliseconds * scale, 0.3), y: 0, height: 8, class: s.service.split('-')[0] }))))))),
    rows.length > shown.length ? h('p', { class: 'note' }, `The first ${shown.length} of ${rows.length} spans; 'ktrdr ops trace' prints all of them.`) : null);
}
