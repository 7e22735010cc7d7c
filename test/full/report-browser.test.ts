import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderHtml } from '../../reports/render/index.ts';
import type { Report } from '../../reports/model/index.ts';
import { sample } from '../reports/render/hostile.ts';
import { BrowserPage, findChromium } from '../support/chromium.ts';
import { largeReport } from '../support/large-report.ts';
import { fixture } from '../support/paths.ts';

const chromium = findChromium();
const folder = mkdtempSync(join(tmpdir(), 'dyno-report-browser-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const picture = (path: string): Uint8Array | null => (existsSync(fixture('report', path)) ? readFileSync(fixture('report', path)) : null);

function written(name: string, report: Report): string {
  const file = join(folder, name);
  writeFileSync(file, renderHtml(report, picture));
  return file;
}

/** The sample with a placement, so that every interactive part is there. */
const placed: Report = {
  ...sample,
  checks: sample.checks.map((check, i) => (i > 0 ? check : {
    ...check, predicted: { by: 'macs', operations: ['a', 'b', 'c'].map((name, k) => ({ name, opType: 'Conv', place: k === 1 ? 'other' as const : 'ane' as const, work: k + 1 })) },
  })),
};

describe.skipIf(chromium === null)('the report in Chromium, offline', () => {
  let page: BrowserPage;
  beforeAll(async () => { page = await BrowserPage.open(chromium as string, written('sample.html', placed)); }, 60_000);
  afterAll(() => page.close());

  test('its script runs under its own policy, and nothing fails or is fetched', async () => {
    expect(await page.value('document.querySelectorAll(".compare:not([hidden]) .pane").length')).toBeGreaterThan(0);
    expect(page.complaints).toEqual([]);
  });

  test('a table sorts by a click on its column, up and down', async () => {
    const medians = (): Promise<string[]> => page.value('[...document.querySelectorAll("#latency table")][0].tBodies[0].innerText.split("\\n").map((row) => row.split("\\t")[1])');
    const click = (): Promise<null> => page.value('(document.querySelectorAll("#latency table thead th button")[1].click(), null)');
    await click();
    const up = (await medians()).map(Number.parseFloat);
    expect(up).toEqual([...up].sort((a, b) => a - b));
    await click();
    expect((await medians()).map(Number.parseFloat)).toEqual([...up].reverse());
    expect(await page.value('document.querySelectorAll("#latency table thead th")[1].getAttribute("aria-sort")')).toBe('descending');
  });

  test('arrow keys go through a placement strip and tell each operation', async () => {
    await page.value('(document.querySelector(".stepped .scroll").focus(), null)');
    const told = (): Promise<string> => page.value('document.querySelector(".told").textContent');
    await page.press('ArrowRight');
    expect(await told()).toMatch(/^a \(Conv\): Neural Engine/);
    await page.press('ArrowRight');
    expect(await told()).toMatch(/^b \(Conv\): off the unit/);
    await page.press('End');
    expect(await told()).toMatch(/^c /);
    await page.press('ArrowLeft');
    expect(await told()).toMatch(/^b /);
    expect(await page.value('document.querySelectorAll(".strip .on").length')).toBe(1);
  });

  test('zoom and position are one for all views', async () => {
    await page.value('([...document.querySelectorAll(".compare .group button")].find((button) => button.textContent === "All").click(), null)');
    const views: number = await page.value('document.querySelector(".compare .stage").children.length');
    expect(views).toBeGreaterThan(2);
    await page.value('(document.querySelector(".compare .pane").focus(), null)');
    for (const key of ['+', '+', 'ArrowRight']) await page.press(key);
    const shifts: string[] = await page.value('[...document.querySelector(".compare .stage").querySelectorAll("img")].map((image) => getComputedStyle(image).transform)');
    expect(shifts).toHaveLength(views);
    expect(new Set(shifts).size).toBe(1);
    expect(shifts[0]).toMatch(/^matrix\(2\.25, 0, 0, 2\.25, -/);
    await page.press('0');
    expect(await page.value('getComputedStyle(document.querySelector(".compare .stage img")).transform')).toBe('matrix(1, 0, 0, 1, 0, 0)');
  });

  test('who asks for less motion is not shown blinking', async () => {
    await page.media('screen', [{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    await page.value('([...document.querySelectorAll(".compare .group button")].find((button) => button.textContent === "Blink").click(), null)');
    expect(await page.value('[...document.querySelectorAll(".compare .stage button")].map((button) => button.textContent)')).toEqual(['Swap']);
    await page.media('screen');
  });

  test.each([1280, 800, 400])('%i pixels wide: only boxes that scroll by themselves are wider than the page', async (width) => {
    const narrow = await BrowserPage.open(chromium as string, join(folder, 'sample.html'), width);
    expect(await narrow.value('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    await narrow.close();
  }, 60_000);

  test('printing unfolds everything and makes several pages on a white ground', async () => {
    const pdf = Buffer.from(await page.print(), 'base64').toString('latin1');
    expect((pdf.match(/\/Type\s*\/Page\b/g) ?? []).length).toBeGreaterThan(3);
    expect(await page.value('document.querySelectorAll("details:not([open])").length')).toBe(0);
    await page.media('print', [{ name: 'prefers-color-scheme', value: 'dark' }]);
    expect(await page.value('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.value('getComputedStyle(document.querySelector("nav")).display')).toBe('none');
    await page.media('screen');
  });
});

test.skipIf(chromium === null)('a page of 1,000 measurements and models of 5,000 nodes: long tables are folded, and unfold', async () => {
  const page = await BrowserPage.open(chromium as string, written('large.html', largeReport({ measurements: 1000, nodes: 5000, samples: 12 })));
  expect(page.complaints).toEqual([]);
  const hidden = (): Promise<[number, number]> => page.value('((rows) => [rows.length, rows.filter((row) => row.hidden).length])([...[...document.querySelectorAll("#findings tbody")].at(-1).rows])');
  expect(await hidden()).toEqual([200, 180]);
  await page.value('([...document.querySelectorAll("#findings button")].find((button) => button.textContent === "Show all 200 rows").click(), null)');
  expect(await hidden()).toEqual([200, 0]);
  await page.close();
}, 120_000);
