/** What the page of a sweep adds to the look of the reports: a wide table whose first columns stay, footnotes, labels of points. */
export const SWEEP_STYLE = `
.sweep, footer { max-width: 84rem; }
.sweep table { width: auto; min-width: 60%; }
.sweep th { vertical-align: bottom; } .sweep thead th { padding-bottom: .35rem; }
.sweep th .over { display: block; color: var(--ink); } .sweep th .under { display: block; font-weight: 400; font-size: .76rem; }
.sweep th .how { display: inline-block; margin-top: .2rem; }
.sweep tbody th { text-align: left; color: var(--ink); font-size: .9rem; font-weight: 500; border: 0; position: sticky; left: 0; background: var(--card); vertical-align: top; }
.sweep tbody tr + tr th { border-top: 1px solid var(--soft); }
.sweep td, .sweep th { padding-right: 1.2rem; }
.lacking { color: var(--quiet); font-size: .84rem; } .ends { color: var(--quiet); font-size: .82em; }
.published-value { font-style: italic; } .published-head .how { border-style: dashed; }
sup { line-height: 0; } sup a { text-decoration: none; padding-left: .15em; }
.footnotes { list-style: none; padding: 0; margin: 1rem 0 0; font-size: .84rem; color: var(--quiet); max-width: 60rem; }
.footnotes li { padding-left: 2rem; text-indent: -2rem; margin-block: .25rem; } .footnotes li:target { color: var(--ink); background: var(--soft); }
.mark-letter { display: inline-block; width: 1.6rem; text-indent: 0; font-weight: 600; color: var(--accent); }
.variants { padding-left: 1.1rem; font-size: .9rem; }
.fronts svg { min-width: 0; width: 100%; max-width: 46rem; }
.fronts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 1.5rem; }
.point-label { font-size: 11.5px; paint-order: stroke; stroke: var(--card); stroke-width: 3px; } .chart .point-label.front { fill: var(--ink); font-weight: 600; }
.off .mark { fill: var(--card); stroke: var(--series); stroke-width: 1.6; }
.whisker-end { stroke: var(--series); stroke-width: 1.5; }
`;
