// The chart: tasks over time, stacked.
import { shape } from "./dom.mjs";
import { LAYERS } from "./series.mjs";
import { clock, count, duration } from "./words.mjs";

const HEIGHT = 220;
const LEFT = 44;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 26;

// About four round numbers up to `most`.
export function ticks(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  const all = [];
  for (let at = 0; at <= most; at += step) all.push(at);
  return all;
}

function area(points, x, y, below, above) {
  const top = points.map((point, i) => `${x(point.at).toFixed(1)},${y(above[i]).toFixed(1)}`);
  const bottom = points.map((point, i) => `${x(point.at).toFixed(1)},${y(below[i]).toFixed(1)}`).reverse();
  return [...top, ...bottom].join(" ");
}

function frame(series, width, x, y) {
  const parts = ticks(series.most).flatMap((at) => [
    shape("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(at), y2: y(at) }),
    shape("text", { class: "tick", x: LEFT - 8, y: y(at) + 4, "text-anchor": "end" }, count(at)),
  ]);
  const times = [
    [series.from, "start"],
    [(series.from + series.to) / 2, "middle"],
    [series.to, "end"],
  ];
  for (const [at, anchor] of times)
    parts.push(
      shape("text", { class: "tick", x: x(at), y: HEIGHT - 6, "text-anchor": anchor }, clock(at, series.to)),
    );
  return parts;
}

export function describe(series) {
  const last = series.points.at(-1);
  return (
    `Over ${duration(series.to - series.from)}: now ` +
    LAYERS.map((layer) => `${count(last[layer])} ${layer}`).join(", ")
  );
}

// As wide as it is shown, so that its letters keep their size.
export function drawChart(svg, series) {
  const width = Math.max(240, svg.clientWidth);
  const x = (at) => LEFT + ((at - series.from) / (series.to - series.from)) * (width - LEFT - RIGHT);
  const y = (tasks) => HEIGHT - BOTTOM - (tasks / series.most) * (HEIGHT - TOP - BOTTOM);
  let below = series.points.map(() => 0);
  const areas = LAYERS.map((layer) => {
    const above = series.points.map((point, i) => below[i] + point[layer]);
    const drawn = shape("polygon", { class: `area ${layer}`, points: area(series.points, x, y, below, above) });
    below = above;
    return drawn;
  });
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.setAttribute("aria-label", describe(series));
  svg.replaceChildren(...areas, ...frame(series, width, x, y));
}
