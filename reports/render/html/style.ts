/**
 * The page's look: system fonts, one accent, colours of Okabe and Ito for series (safe for colour-blind readers), dark by preference,
 * plain on paper.
 */
export const STYLE = `
:root { color-scheme: light dark; --page: #f5f6f8; --card: #fff; --ink: #15181d; --quiet: #5a6472; --line: #e1e5ea; --soft: #eef1f4;
  --accent: #0b62c4;
  --ok: #12724a; --failed: #b3261e; --warn: #8a5a00; --inconclusive: #5b4bc4; --missing: #56606e;
  --s0: #0072b2; --s1: #c25400; --s2: #00835f; --s3: #a3458a; --s4: #2f8fc4; --s5: #a07400; --s6: #6a4fc0; --s7: #4d5560;
  --wrong-result: #7a1fa2; --blocks-conversion: #b3261e; --blocks-unit: #a34500; --overflow: #a03a6b; --splits-graph: #7d5d00;
  --slow: #54667a;
  --ramp: linear-gradient(90deg, rgb(0,0,4), rgb(66,10,104), rgb(147,38,103), rgb(221,81,58), rgb(252,165,10), rgb(252,255,164)); }
@media screen and (prefers-color-scheme: dark) { :root { --page: #0d1014; --card: #151a20; --ink: #e7eaee; --quiet: #9aa5b3; --line: #2a313a;
  --soft: #1d242c; --accent: #6cb2ff;
  --ok: #4cc38a; --failed: #ff8578; --warn: #e3b341; --inconclusive: #b3a6ff; --missing: #a3adb9;
  --s0: #5eb5f0; --s1: #f2924a; --s2: #3fc79c; --s3: #e08cc8; --s4: #8fd0f5; --s5: #e5c04a; --s6: #b3a0ff; --s7: #b4bcc6;
  --wrong-result: #d79bf0; --blocks-conversion: #ff8578; --blocks-unit: #f2924a; --overflow: #f08cb8; --splits-graph: #e0b84a;
  --slow: #93a7bb; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
main, .top, nav ul { max-width: 68rem; margin-inline: auto; padding-inline: 1.25rem; }
.top { padding-block: 2.5rem 1rem; }
.eyebrow { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .04em; font-size: .82rem; text-transform: uppercase; }
h1 { margin: .15rem 0 .35rem; font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { margin: 0 0 1rem; font-size: 1.3rem; letter-spacing: -.01em; }
h3 { margin: 2rem 0 .75rem; font-size: 1.02rem; overflow-wrap: anywhere; }
section > h3:first-of-type, h2 + h3 { margin-top: .5rem; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
a { color: var(--accent); overflow-wrap: anywhere; }
code, pre { font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
td code { overflow-wrap: anywhere; } td.text:has(code) { min-width: 9rem; }
.quiet, figcaption { color: var(--quiet); }
.quiet { font-size: .9rem; font-weight: 400; }
figcaption { font-size: .84rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; z-index: 9; background: var(--card); padding: .4rem .8rem; }
nav { position: sticky; top: 0; z-index: 5; background: var(--page); border-bottom: 1px solid var(--line); }
nav ul { display: flex; gap: 1.25rem; list-style: none; margin-block: 0; padding-block: .65rem; overflow-x: auto; white-space: nowrap; }
nav a { color: var(--quiet); text-decoration: none; font-size: .9rem; }
nav a:hover, nav a:focus-visible { color: var(--ink); text-decoration: underline; text-underline-offset: .3em; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; margin-block: 1.25rem; }
.verdict { display: flex; gap: 1rem; align-items: center; margin: 1.25rem 0; padding: 1rem 1.25rem; border-radius: 12px;
  background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--state); }
.verdict p { margin: 0; } .verdict strong { font-size: 1.15rem; color: var(--state); }
.verdict .sign { flex: none; width: 2.4rem; height: 2.4rem; border-radius: 50%; display: grid; place-items: center;
  background: var(--state); color: var(--card); font-size: 1.2rem; font-weight: 700; }
.verdict.ok, .status.ok { --state: var(--ok); } .verdict.failed, .status.failed { --state: var(--failed); }
.verdict.warn, .status.warn { --state: var(--warn); }
.verdict.inconclusive, .status.inconclusive { --state: var(--inconclusive); } .verdict.missing, .status.missing { --state: var(--missing); }
.status { color: var(--state); font-weight: 600; white-space: nowrap; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr)); gap: .9rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1.1rem; }
.tile p { margin: 0; } .tile .name { font-size: .84rem; color: var(--quiet); }
.tile .figure { font-size: 1.6rem; font-weight: 650; letter-spacing: -.02em; line-height: 1.3; }
.tile .quiet { font-size: .82rem; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin-block: .25rem .75rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: .82rem; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th, td { padding: .5rem .9rem .5rem 0; vertical-align: top; } tr > :last-child { padding-right: 0; }
tbody tr + tr td { border-top: 1px solid var(--soft); }
.number { text-align: right; white-space: nowrap; } .number small { display: inline-block; white-space: normal; width: max-content; max-width: 9rem; } td.text { min-width: 5.5rem; }
th[aria-sort] { color: var(--ink); } th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--accent); }
th[aria-sort=ascending] button::after { content: " ↑"; } th[aria-sort=descending] button::after { content: " ↓"; }
.better { color: var(--ok); } .worse { color: var(--failed); } .same { color: var(--quiet); } small { font-size: .84em; }
.evidence, .tag { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .55em; font-size: .76rem;
  font-weight: 400; color: var(--quiet); white-space: nowrap; vertical-align: middle; }
.variant { white-space: nowrap; } .variant svg { vertical-align: -2px; margin-right: .4em; overflow: visible; }
.v0 { --series: var(--s0); } .v1 { --series: var(--s1); } .v2 { --series: var(--s2); } .v3 { --series: var(--s3); }
.v4 { --series: var(--s4); } .v5 { --series: var(--s5); } .v6 { --series: var(--s6); } .v7 { --series: var(--s7); }
.severity { display: inline-block; padding: .05em .6em; border-radius: 6px; font-size: .8rem; font-weight: 600; white-space: nowrap;
  color: var(--kind); background: color-mix(in srgb, var(--kind) 14%, transparent); }
.wrong-result { --kind: var(--wrong-result); } .blocks-conversion { --kind: var(--blocks-conversion); }
.blocks-unit { --kind: var(--blocks-unit); }
.overflow { --kind: var(--overflow); } .splits-graph { --kind: var(--splits-graph); } .slow { --kind: var(--slow); }
details { border: 1px solid var(--line); border-radius: 8px; margin-block: .6rem; } summary { cursor: pointer; padding: .6rem .9rem; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 8px; }
.folded { padding: 0 .9rem .6rem; } details > summary::marker { color: var(--quiet); }
.sides { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: start; } .sides > div { max-width: 100%; min-width: 0; }
.rewritten { border-top: 1px solid var(--line); padding-top: .75rem; } .rewritten figcaption { font-size: .92rem; color: var(--ink); }
.sides svg { display: block; }
.multiply { --kind: var(--s0); } .elementwise { --kind: var(--s2); } .movement { --kind: var(--s1); } .reduce { --kind: var(--s3); }
.quantize { --kind: var(--s5); } .other { --kind: var(--s7); }
.htp { --kind: var(--s0); } .ane { --kind: var(--s2); } .gpu { --kind: var(--s1); } .cpu { --kind: var(--s5); } .absorbed { --kind: var(--line); }
.at { fill: var(--kind); } .strip .absorbed { stroke: var(--quiet); stroke-width: .6; } .strip .on { stroke: var(--ink); stroke-width: 2; }
.told { display: block; min-height: 1.5em; color: var(--ink); }
.stale { color: var(--warn); font-size: .8rem; white-space: normal; }
.key { margin-right: 1.1rem; white-space: nowrap; } .swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px;
  background: var(--kind); margin-right: .4em; vertical-align: -1px; }
.node .box { fill: var(--card); stroke: var(--quiet); stroke-width: 1; } .node.stays .box { stroke-dasharray: 4 3; }
.node.changed .box { fill: color-mix(in srgb, var(--kind) 9%, var(--card)); stroke: var(--ink); stroke-width: 2; }
.node .family { fill: var(--kind); } .chart .op { fill: var(--ink); font-size: 13px; font-weight: 600; }
.chart .of, .chart .wire-type { font-size: 10.5px; } .chart .end { font-size: 10.5px; fill: var(--ink); }
.chart .sign { fill: var(--ink); font-size: 15px; font-weight: 700; }
.wire-type { paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
.wire { fill: none; stroke: var(--quiet); stroke-width: 1.2; } .head { fill: var(--quiet); }
figure { margin: .5rem 0 1.25rem; } .wide .chart, .panels .chart { display: block; max-width: 100%; height: auto; min-width: 44rem; }
.panels .chart { min-width: 24rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem; }
.panels figcaption { font-weight: 600; color: var(--ink); font-size: .92rem; }
.chart { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; font-variant-numeric: tabular-nums; }
.chart text { fill: var(--quiet); }
.chart .label, .chart .value { fill: var(--ink); font-size: 13px; } .chart .value { font-weight: 600; } .chart .note { font-size: 11px; }
.chart .name { font-size: 11px; }
.grid { stroke: var(--line); stroke-width: 1; } .mark { fill: var(--series); stroke: var(--card); stroke-width: 1.5; }
.variant .mark { stroke: none; }
.spread { stroke: var(--series); stroke-opacity: .45; stroke-width: 2; }
.interval { stroke: var(--series); stroke-width: 6; stroke-opacity: .55; }
.whisker { stroke: var(--series); stroke-width: 1.5; fill: none; }
select { max-width: 10.5rem; } .legend .variant { margin-right: 1.25rem; font-size: .88rem; }
.length { fill: var(--series); fill-opacity: .13; } .point { fill: var(--series); fill-opacity: .55; }
.samples { stroke: var(--series); stroke-width: 3.2; stroke-linecap: round; stroke-opacity: .5; fill: none; }
.median { stroke: var(--series); stroke-width: 2; }
.density { fill: var(--series); fill-opacity: .28; stroke: var(--series); stroke-width: .8; }
.drift { fill: none; stroke: var(--series); stroke-width: 1; stroke-opacity: .45; }
.remark { fill: var(--warn); fill-opacity: .13; } .chart .flag { fill: var(--warn); font-weight: 700; } .bar { fill: var(--kind); }
.read { fill: var(--series); } .written { fill: var(--series); fill-opacity: .5; } .spilled { fill: var(--warn); }
.share rect { fill: var(--s0); }
.least { stroke: var(--ink); stroke-width: 1.5; } .least.bytes { stroke-dasharray: 3 3; }
.chart .on-bar { fill: var(--card); font-weight: 600; }
.pareto { fill: none; stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 5 4; }
.ring { fill: var(--series); fill-opacity: .12; stroke: var(--series); stroke-opacity: .6; }
.level { stroke: var(--quiet); stroke-dasharray: 2 4; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: .5rem 0 1rem; } .facts dt { font-size: .8rem; color: var(--quiet); }
.facts dd { margin: 0; }
.warnings { color: var(--ink); padding-left: 1.1rem; font-size: .9rem; }
.warnings li::marker { content: "! "; color: var(--warn); font-weight: 700; }
.command { display: flex; gap: .75rem; align-items: start; }
.command pre { flex: 1; min-width: 0; margin: 0; padding: .8rem 1rem; background: var(--soft); border-radius: 8px; overflow-x: auto; }
button, select { font: inherit; font-size: .88rem; color: var(--ink); background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; padding: .3rem .75rem; } button:hover { border-color: var(--accent); }
button[aria-pressed=true] { background: var(--accent); border-color: var(--accent); color: var(--card); }
button:focus-visible, select:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.crop { border: 1px solid var(--line); border-radius: 10px; padding: 1rem; }
.crop > figcaption { font-size: .95rem; color: var(--ink); margin-bottom: .75rem; }
.views { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 13rem)); gap: 1rem; }
.view p { font-size: .8rem; line-height: 1.35; }
.view img, .no-map { width: 100%; height: auto; image-rendering: pixelated; border-radius: 6px; display: block; margin-bottom: .35rem;
  background: var(--soft); }
.no-map { aspect-ratio: 1; display: grid; place-items: center; color: var(--quiet); font-size: .82rem; border: 1px dashed var(--line); }
.scale { display: flex; align-items: center; gap: .6rem; font-size: .8rem; color: var(--quiet); margin-top: .5rem; }
.ramp { width: 10rem; height: .6rem; border-radius: 3px; background: var(--ramp); }
.tools { display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: center; margin-bottom: .75rem; }
.tools .group { display: flex; gap: .3rem; }
.tools label { display: flex; gap: .4rem; align-items: center; font-size: .85rem; color: var(--quiet); }
.stage { display: grid; gap: .5rem; } .stage.two { grid-template-columns: 1fr 1fr; } .stage.many { grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); }
.stage.many .pane { width: 100%; margin: 0; } .stage.many .tag, .stage.two .tag { max-width: calc(100% - 1rem); }
.pane { position: relative; overflow: hidden; border-radius: 8px; background: var(--soft); touch-action: pan-y; cursor: grab;
  max-height: 34rem; aspect-ratio: var(--ratio, 1); width: min(100%, calc(34rem * var(--ratio, 1))); margin-inline: auto; }
.pane:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.pane img { position: absolute; inset: 0; width: 100%; height: 100%;
  transform: translate(var(--dx, 0), var(--dy, 0)) scale(var(--zoom, 1)); transform-origin: center; image-rendering: pixelated;
  user-select: none; }
.pane .over { position: absolute; inset: 0; clip-path: inset(0 0 0 var(--split, 50%)); }
.pane .bar { position: absolute; top: 0; bottom: 0; left: var(--split, 50%); width: 2px; background: #fff; box-shadow: 0 0 3px #000; }
.pane .tag { position: absolute; top: .5rem; max-width: calc(50% - 1rem); overflow: hidden; text-overflow: ellipsis; background: rgb(0 0 0 / .65); color: #fff; border: 0; } .pane .tag.left { left: .5rem; }
.pane .tag.right { right: .5rem; }
.slider { width: min(100%, calc(34rem * var(--ratio, 1))); margin: .5rem auto 0; display: block; accent-color: var(--accent); }
footer { max-width: 68rem; margin: 0 auto; padding: 1rem 1.25rem 3rem; color: var(--quiet); font-size: .85rem; display: flex; gap: 1rem;
  justify-content: space-between; flex-wrap: wrap; }
[hidden] { display: none !important; }
@media (max-width: 40rem) { section { padding: 1rem; border-radius: 10px; } td.text { min-width: 9rem; } .variant { white-space: normal; overflow-wrap: anywhere; }
td:first-child, th:first-child { min-width: 6.5rem; position: sticky; left: 0; background: var(--card); z-index: 1; } .top { padding-top: 1.5rem; }
.command { flex-direction: column; } .command pre { width: 100%; } .stage.two { grid-template-columns: 1fr; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media screen { section { content-visibility: auto; contain-intrinsic-size: auto 40rem; } }
@media print { :root { color-scheme: light; --page: #fff; } body { font-size: 10.5pt; }
.rewritten details, nav, .skip, .compare, footer button, .command button, .scroll + button { display: none !important; } section { border: 0; padding: 0; break-inside: auto; }
  h2, h3, figcaption { break-after: avoid; } figure, tr, .tile, .verdict { break-inside: avoid; } .scroll { overflow: visible; }
table, td .quiet { font-size: 8.5pt; } td code { font-size: 7.5pt; } td.text { min-width: 0; }
th, th .variant { white-space: normal; } th, td { padding-inline-end: .6rem; }
.wide .chart, .panels .chart { min-width: 0; } .views { grid-template-columns: repeat(5, 1fr); gap: .5rem; } .crop { border: 0; padding: 0; }
a { color: inherit; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
