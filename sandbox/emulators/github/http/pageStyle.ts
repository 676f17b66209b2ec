/** The style of the pages: plain, light or dark as the reader's system is. */

/** GitHub's option colours. */
const colors: Readonly<Record<string, string>> = {
  GRAY: "#8b949e",
  BLUE: "#1f6feb",
  GREEN: "#238636",
  YELLOW: "#d29922",
  ORANGE: "#db6d28",
  RED: "#da3633",
  PINK: "#db61a2",
  PURPLE: "#8957e5",
};

export const styles = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
*{box-sizing:border-box}
body{margin:0;font:14px/1.45 system-ui,sans-serif}
header{padding:16px 24px;border-bottom:1px solid var(--line)}
h1{font-size:20px;margin:4px 0}
h2{font-size:14px;margin:0 0 4px;display:flex;align-items:center;gap:8px}
p,small{opacity:.7;margin:0}
.lists{padding:24px;display:grid;gap:24px;max-width:900px}
.board{display:flex;gap:12px;padding:16px 24px;overflow-x:auto;align-items:flex-start}
.column{flex:0 0 270px;background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:12px}
.column p{font-size:12px;min-height:18px;margin-bottom:8px}
.column i{width:12px;height:12px;border-radius:50%;border:2px solid}
.column span{opacity:.7;font-weight:400}
article{background:Canvas;border:1px solid var(--line);border-radius:6px;padding:10px;margin-top:8px;display:grid;gap:4px;overflow-wrap:anywhere}
article b{font-weight:400;font-size:12px;border:1px solid var(--line);border-radius:99px;padding:1px 8px;justify-self:start}
${Object.entries(colors)
  .map(([name, color]) => `.${name}{border-color:${color}!important;background:${color}44}`)
  .join("")}
`.replaceAll("\n", "");
