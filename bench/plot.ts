import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Measurement, Point } from "./measurement.ts";

const [width, height] = [720, 440];
const margin = { left: 70, right: 210, top: 40, bottom: 50 };
const colours = ["#1f6feb", "#d4760a", "#1a7f37", "#8250df", "#cf222e", "#57606a"];

/** Both axes by powers of ten. */
interface Axes {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/** A point with its height, in milliseconds. */
type Placed = Point & { readonly value: number };

/**
 * Writes a chart of times against a count, as SVG, for each of which there are figures.
 *
 * @param folder - where the files go, under the charts' names
 * @returns the files
 */
export async function drawCharts(folder: string, measurements: readonly Measurement[]): Promise<string[]> {
  const files: string[] = [];
  for (const chart of ["entries", "migrations"] as const) {
    const points = measurements.flatMap(({ point, value }) =>
      point?.chart === chart ? [{ ...point, value }] : [],
    );
    if (points.length === 0) continue;
    const file = join(folder, `${chart}.svg`);
    await writeFile(file, chartOf(chart, points));
    files.push(file);
  }
  return files;
}

function chartOf(chart: Point["chart"], points: readonly Placed[]): string {
  const axes = axesOf(points);
  const series = [...new Set(points.map((point) => point.series))];
  const lines = series.flatMap((name, at) => {
    const colour = colours[at % colours.length] ?? "black";
    const own = points.filter((point) => point.series === name).sort((a, b) => a.count - b.count);
    const places = own.map(({ count, value }) => `${axes.x(count).toFixed(1)},${axes.y(value).toFixed(1)}`);
    const y = margin.top + 10 + at * 20;
    return [
      `<polyline points="${places.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...places.map((place) => {
        const [cx = "", cy = ""] = place.split(",");
        return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
      }),
      `<rect x="${width - margin.right + 15}" y="${y - 9}" width="12" height="3" fill="${colour}"/>`,
      text(width - margin.right + 33, y - 3, name, "start"),
    ];
  });
  const grid = [
    ...axes.xTicks.map((tick) => line(axes.x(tick), margin.top, axes.x(tick), height - margin.bottom)),
    ...axes.yTicks.map((tick) => line(margin.left, axes.y(tick), width - margin.right, axes.y(tick))),
    ...axes.xTicks.map((tick) =>
      text(axes.x(tick), height - margin.bottom + 18, tick.toLocaleString("en"), "middle"),
    ),
    ...axes.yTicks.map((tick) => text(margin.left - 8, axes.y(tick) + 4, duration(tick), "end")),
    text((margin.left + width - margin.right) / 2, height - 10, chart, "middle"),
    text(margin.left, 22, `Time against ${chart}, both by powers of ten`, "start"),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...grid,
    ...lines,
    "</svg>\n",
  ].join("\n");
}

function axesOf(points: readonly Placed[]): Axes {
  const across = powers(points.map(({ count }) => count));
  const up = powers(points.map(({ value }) => value));
  const place = (ticks: readonly number[], value: number) => {
    const [first = 1, last = 10] = [ticks[0], ticks.at(-1)];
    return (Math.log10(value) - Math.log10(first)) / (Math.log10(last) - Math.log10(first));
  };
  return {
    x: (value) => margin.left + place(across, value) * (width - margin.left - margin.right),
    y: (value) => height - margin.bottom - place(up, value) * (height - margin.top - margin.bottom),
    xTicks: across,
    yTicks: up,
  };
}

/** The powers of ten from the one below the least value to the one above the greatest. */
function powers(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at));
}

function duration(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toLocaleString("en")} s`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#d0d7de"/>`;
}

function text(x: number, y: number, words: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
}
