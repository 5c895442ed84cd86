import { GROWTH, MEASURES } from './measures.mjs';
import { BASELINE, SERVERS } from './servers.mjs';

const NO_RATIO = '–';

/** `results`: the result of each server in each round. */
export function measure_table(name, results) {
  const { title, about, columns, has_ratio } = MEASURES[name];
  const titles = columns.map((column) => column.title);
  const head = ['', ...titles, ...(has_ratio ? ['ratio to naive ws', 'from … to'] : [])];
  const rows = Object.entries(results).map(([server, rounds]) => [
    SERVERS[server].title,
    ...server_cells(MEASURES[name], rounds, results[BASELINE]),
  ]);
  return `## ${title}\n\n${about}\n\n${markdown_table(head, rows)}`;
}

/** `results`: the result of each point in each round. */
export function growth_table(results) {
  const rows = GROWTH.points.map(({ subscribers, topics }, index) => {
    const values = results[index].filter(({ failed }) => !failed).map(GROWTH.value);
    const failure = results[index].find(({ failed }) => failed);
    const cost = failure ? failed_cell(failure) : GROWTH.format(Math.min(...values));
    return [subscribers.toLocaleString('en'), topics.toLocaleString('en'), cost];
  });
  const head = ['subscribers', 'topics', 'CPU time per delivery'];
  return `## ${GROWTH.title}\n\n${GROWTH.about}\n\n${markdown_table(head, rows)}`;
}

function server_cells({ columns, has_ratio }, rounds, baseline_rounds) {
  const failure = rounds.find(({ failed }) => failed);
  if (failure)
    return [failed_cell(failure), ...Array(columns.length + (has_ratio ? 1 : -1)).fill('')];
  const cells = columns.map(({ value, format }) => format(median(rounds.map(value))));
  return has_ratio ? [...cells, ...ratio_cells(columns[0].value, rounds, baseline_rounds)] : cells;
}

/** Ratios within the same round, because a slow round slows both servers down. */
function ratio_cells(value, rounds, baseline_rounds = []) {
  const ratios = rounds
    .map((result, round) => value(result) / value(baseline_rounds[round] ?? {}))
    .filter(Number.isFinite);
  if (ratios.length === 0) return [NO_RATIO, NO_RATIO];
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return [`**${median(ratios).toFixed(2)}**`, `${least.toFixed(2)} … ${most.toFixed(2)}`];
}

function failed_cell({ failed }) {
  return `failed: ${failed}`;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function markdown_table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
