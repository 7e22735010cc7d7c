export { renderHtml } from './html/render-html.ts';
export { renderCsv } from './render-csv.ts';
export { githubAnnotations, githubSummary } from './render-github.ts';
export { renderJson } from './render-json.ts';
export { renderJunit } from './render-junit.ts';
export { renderMarkdown } from './render-markdown.ts';
export { renderSarif } from './render-sarif.ts';
export { renderTerminal, type TerminalOptions } from './terminal/render-terminal.ts';
export { graphText, placeText } from './terminal/graph-text.ts';
