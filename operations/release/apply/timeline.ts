import type { Release } from "../../../settings/release.ts";
import type { Brought } from "./bring.ts";
import type { StepRecord } from "./stepRecord.ts";

/** One bar of the page. */
interface Bar {
  readonly row: string;
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly begin: number;
  readonly end: number;
  readonly kind: "step" | "failed" | "forth" | "back";
}

const words = {
  released: "released",
  refused: "refused",
  returned: "back on the release before",
  broken: "on neither release for sure",
};

/** A page that shows when each step of a release was, and when each service's new Pod was made and became ready. */
export function timelinePage(stack: string, next: Release, { outcome, steps, pods }: Brought): string {
  const stepBars = steps.map((step): Bar => ({
    row: `${step.step}${isBack(step, next) ? ", back" : ""}`,
    label: `${step.step} for ${nameOf(step.commit)}: ${step.passed ? "passed" : "failed"}`,
    begin: Date.parse(step.begin),
    end: Date.parse(step.end),
    kind: step.passed ? "step" : "failed",
  }));
  const podBars = pods.map((pod): Bar => {
    const begin = Date.parse(pod.made);
    // The cluster's times are whole seconds.
    const end = pod.ready === undefined ? begin : Math.max(Date.parse(pod.ready), begin + 1000);
    const isNext = next.images[pod.service] === pod.digest;
    return {
      row: pod.service,
      label: `${pod.service} at ${pod.digest.slice(0, 19)}: ${pod.ready === undefined ? "never ready" : "ready"}`,
      begin,
      end: pod.ready === undefined ? begin + 1000 : end,
      kind: pod.ready === undefined ? "failed" : isNext ? "forth" : "back",
    };
  });
  const bars = [...stepBars, ...podBars.sort((a, b) => a.begin - b.begin)];
  const from = Math.min(...bars.map(({ begin }) => begin));
  const to = Math.max(...bars.map(({ end }) => end), from + 1000);
  const rows = [...new Set(bars.map(({ row }) => row))];
  const reason = "reason" in outcome ? `<p>${escape(outcome.reason)}</p>` : "";
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Release ${escape(nameOf(next.commit))}</title>
<style>${style}</style>
<h1>Release ${escape(nameOf(next.commit))} on stack ${escape(stack)}: ${words[outcome.state]}</h1>
${reason}
<p>${String(pods.length)} new Pods, ${((to - from) / 1000).toFixed(0)} seconds. Steps are grey, the release's Pods blue, Pods of the way back
amber, what failed red.</p>
<div class="chart">
${ticks(from, to)}
${rows.map((row) => line(row, bars, from, to)).join("\n")}
</div>
</html>
`;
}

function isBack({ commit }: StepRecord, next: Release): boolean {
  return commit !== next.commit;
}

function nameOf(commit: string | undefined): string {
  return commit === undefined ? "of the overlay's own tags" : commit.slice(0, 12);
}

function line(row: string, bars: readonly Bar[], from: number, to: number): string {
  const share = (time: number) => `${(((time - from) / (to - from)) * 100).toFixed(2)}%`;
  const own = bars.filter((bar) => bar.row === row);
  const drawn = own.map(({ kind, label, begin, end }) => {
    const width = `${(((end - begin) / (to - from)) * 100).toFixed(2)}%`;
    const seconds = `${((begin - from) / 1000).toFixed(0)} s to ${((end - from) / 1000).toFixed(0)} s`;
    return `<i class="${kind}" style="left:${share(begin)};width:${width}" title="${escape(`${label}, ${seconds}`)}"></i>`;
  });
  return `<div class="row"><b>${escape(row)}</b><span>${drawn.join("")}</span></div>`;
}

/** The scale, in seconds since the begin. */
function ticks(from: number, to: number): string {
  const seconds = (to - from) / 1000;
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((each) => seconds / each <= 10) ?? 1200;
  const marks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, at) => at * step);
  const drawn = marks.map(
    (at) => `<em style="left:${((at / seconds) * 100).toFixed(2)}%">${String(at)} s</em>`,
  );
  return `<div class="row scale"><b></b><span>${drawn.join("")}</span></div>`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const style = `
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.3rem; }
.row { display: flex; align-items: center; height: 1.7rem; border-bottom: 1px solid #eee; }
.row b { width: 12rem; flex: none; font-weight: 500; }
.row span { position: relative; flex: 1; height: 100%; }
.row i { position: absolute; top: 20%; height: 60%; min-width: 4px; border-radius: 3px; }
.row em { position: absolute; font-style: normal; font-size: 12px; color: #666; white-space: nowrap; }
.step { background: #8a939c; } .failed { background: #c62828; } .forth { background: #1565c0; } .back { background: #f9a825; }
`;
