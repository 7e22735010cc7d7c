/**
 * What the page adds where scripts run: sortable tables, image comparison, copying. Elements are made one by one; nothing is ever parsed
 * as HTML.
 */
export const SCRIPT = `
'use strict';
(() => {
  const make = (tag, props = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), props);
    element.append(...children);
    return element;
  };
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Tables sort by a click on a column's title.
  const valueOf = (cell) => {
    const text = cell.textContent.trim().replace(/\\u2212/g, '-').replace(/[\\u2009 ]/g, '');
    const number = parseFloat(text.replace(/^[~\\u00b1+]/, ''));
    const unit = /(\\u00b5s|ms|kB|MB|GB|s|k|M|G)/.exec(text.replace(/^[-~+\\u00b1\\d.]+/, ''));
    const scale = { '\\u00b5s': 1e-3, s: 1e3, kB: 1e3, MB: 1e6, GB: 1e9, k: 1e3, M: 1e6, G: 1e9 };
    return Number.isNaN(number) ? text : number * (unit && unit.index === 0 ? scale[unit[0]] || 1 : 1);
  };
  for (const head of all('table thead th')) {
    const body = head.closest('table').tBodies[0];
    if (body.rows.length < 3) continue;
    const button = make('button', { type: 'button' }, ...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const order = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === 'number' ? -1 : 1);
      const rows = [...body.rows].map((row) => [valueOf(row.cells[head.cellIndex]), row]);
      rows.sort(([a], [b]) => (up ? order(a, b) : order(b, a)));
      body.append(...rows.map(([, row]) => row));
      body.dispatchEvent(new Event('sorted'));
    });
  }

  // Long tables show their first rows.
  for (const body of all('tbody')) {
    if (body.rows.length <= 30) continue;
    let short = true;
    const button = make('button', { type: 'button' });
    const fold = () => {
      [...body.rows].forEach((row, i) => { row.hidden = short && i >= 20; });
      button.textContent = short ? 'Show all ' + body.rows.length + ' rows' : 'Show fewer rows';
    };
    button.addEventListener('click', () => { short = !short; fold(); });
    body.addEventListener('sorted', fold);
    addEventListener('beforeprint', () => { short = false; fold(); });
    body.closest('.scroll').after(button);
    fold();
  }

  // The command can be copied, the data saved.
  for (const box of all('.command')) {
    if (!navigator.clipboard) break;
    const button = make('button', { type: 'button' }, 'Copy');
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(box.querySelector('code').textContent);
      button.textContent = 'Copied';
    });
    box.append(button);
  }
  const data = document.getElementById('report-data');
  const whole = data.textContent.includes('"measurements":');
  const save = make('button', { type: 'button' }, 'Save report.json');
  save.addEventListener('click', () => {
    const blob = new Blob([data.textContent], { type: 'application/json' });
    const link = make('a', { href: URL.createObjectURL(blob), download: 'report.json' });
    link.click();
    URL.revokeObjectURL(link.href);
  });
  if (whole) document.querySelector('footer').append(save);

  // Operations of a placement strip, told one by one with the arrow keys.
  for (const figure of all('.stepped')) {
    const marks = all('.at:not(.key)', figure);
    const told = figure.querySelector('.told');
    let at = -1;
    figure.querySelector('.scroll').addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -marks.length, End: marks.length }[event.key];
      if (!step) return;
      event.preventDefault();
      marks[at]?.classList.remove('on');
      at = Math.max(0, Math.min(marks.length - 1, at + step));
      marks[at].classList.add('on');
      told.textContent = marks[at].textContent;
    });
  }

  // Image comparison, built from the pictures that are on the page anyway.
  for (const figure of all('.crop')) {
    const views = all('.view', figure).map((view) => ({
      label: view.dataset.label, picture: view.querySelector('.picture').src, difference: view.querySelector('.difference')?.src,
    }));
    if (views.length < 2) continue;
    const host = figure.querySelector('.compare');
    const state = { mode: 'slider', left: 0, right: views.length - 1, zoom: 1, x: 0, y: 0, split: 50, blink: false, timer: 0 };
    const stage = make('div', { className: 'stage' });
    const slider = make('input', { className: 'slider', type: 'range', min: 0, max: 100, step: 1, value: 50 });
    slider.setAttribute('aria-label', 'Where the left picture ends');
    host.style.setProperty('--ratio', String(host.dataset.width / host.dataset.height));

    const place = () => {
      const reach = 50 * (state.zoom - 1);
      state.x = Math.max(-reach, Math.min(reach, state.x));
      state.y = Math.max(-reach, Math.min(reach, state.y));
      host.style.setProperty('--zoom', String(state.zoom));
      host.style.setProperty('--dx', state.x + '%');
      host.style.setProperty('--dy', state.y + '%');
      host.style.setProperty('--split', state.split + '%');
    };
    const image = (view, kind = 'picture') => make('img', { src: view[kind] || view.picture, alt: view.label, draggable: false });
    const tag = (text, side) => make('span', { className: 'tag ' + side }, text);
    const pane = (label, ...children) => {
      const element = make('div', { className: 'pane', tabIndex: 0 }, ...children);
      element.setAttribute('role', 'group');
      element.setAttribute('aria-label', label + '; arrow keys move, plus and minus zoom, 0 shows all');
      element.addEventListener('keydown', (event) => {
        const step = { ArrowLeft: [8, 0], ArrowRight: [-8, 0], ArrowUp: [0, 8], ArrowDown: [0, -8] }[event.key];
        if (step) { state.x += step[0]; state.y += step[1]; }
        else if (event.key === '+' || event.key === '=') setZoom(state.zoom * 1.5);
        else if (event.key === '-') setZoom(state.zoom / 1.5);
        else if (event.key === '0') { state.x = state.y = 0; setZoom(1); }
        else return;
        event.preventDefault();
        place();
      });
      element.addEventListener('wheel', (event) => {
        if (!event.ctrlKey && state.zoom === 1) return;
        event.preventDefault();
        setZoom(state.zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2));
      }, { passive: false });
      element.addEventListener('pointerdown', (event) => {
        element.setPointerCapture(event.pointerId);
        const start = { x: event.clientX, y: event.clientY, sx: state.x, sy: state.y };
        const move = (e) => {
          state.x = start.sx + (100 * (e.clientX - start.x)) / element.clientWidth;
          state.y = start.sy + (100 * (e.clientY - start.y)) / element.clientHeight;
          if (state.mode === 'slider' && state.zoom === 1) {
            state.split = Math.max(0, Math.min(100, (100 * (e.clientX - element.getBoundingClientRect().left)) / element.clientWidth));
            slider.value = state.split;
          }
          place();
        };
        element.addEventListener('pointermove', move);
        element.addEventListener('pointerup', () => element.removeEventListener('pointermove', move), { once: true });
        element.addEventListener('pointercancel', () => element.removeEventListener('pointermove', move), { once: true });
      });
      return element;
    };
    const draw = () => {
      clearInterval(state.timer);
      const a = views[state.left];
      const b = views[state.right];
      stage.className = { side: 'stage two', all: 'stage many' }[state.mode] || 'stage';
      slider.hidden = state.mode !== 'slider';
      if (state.mode === 'slider') {
        const over = make('div', { className: 'over' }, image(b));
        const line = make('div', { className: 'bar' });
        stage.replaceChildren(pane(a.label + ' and ' + b.label, image(a), over, line, tag(a.label, 'left'), tag(b.label, 'right')));
      } else if (state.mode === 'side') {
        stage.replaceChildren(pane(a.label, image(a), tag(a.label, 'left')), pane(b.label, image(b), tag(b.label, 'left')));
      } else if (state.mode === 'all') {
        stage.replaceChildren(...views.map((view) => pane(view.label, image(view), tag(view.label, 'left'))));
      } else if (state.mode === 'difference') {
        const name = b.difference ? '|\\u0394| of ' + b.label : b.label;
        stage.replaceChildren(pane(name, image(b, 'difference'), tag(name, 'left')));
      } else {
        const picture = image(a);
        const name = tag(a.label, 'left');
        stage.replaceChildren(pane('blinking', picture, name));
        const swap = () => {
          state.blink = !state.blink;
          const view = state.blink ? b : a;
          picture.src = view.picture;
          name.textContent = view.label;
        };
        // Who asked for less motion swaps by hand.
        if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
          const button = make('button', { type: 'button' }, 'Swap');
          button.addEventListener('click', swap);
          stage.append(button);
        } else state.timer = setInterval(swap, 700);
      }
      place();
    };
    const modes = make('div', { className: 'group' });
    for (const [mode, text] of [['slider', 'Slider'], ['side', 'Side by side'], ['all', 'All'], ['blink', 'Blink'], ['difference', 'Difference']]) {
      const button = make('button', { type: 'button' }, text);
      button.setAttribute('aria-pressed', String(mode === state.mode));
      button.addEventListener('click', () => {
        state.mode = mode;
        for (const other of modes.children) other.setAttribute('aria-pressed', String(other === button));
        draw();
      });
      modes.append(button);
    }
    const choose = (key, text) => {
      const select = make('select', {}, ...views.map((view, i) => make('option', { value: i, selected: i === state[key] }, view.label)));
      select.addEventListener('change', () => { state[key] = Number(select.value); draw(); });
      return make('label', {}, text, select);
    };
    const zoom = make('input', { type: 'range', min: 1, max: 8, step: 0.25, value: 1 });
    const setZoom = (value) => { state.zoom = Math.max(1, Math.min(8, value)); zoom.value = state.zoom; place(); };
    zoom.addEventListener('input', () => setZoom(Number(zoom.value)));
    slider.addEventListener('input', () => { state.split = Number(slider.value); place(); });
    const tools = make('div', { className: 'tools' }, modes, choose('left', 'Left'), choose('right', 'Right'));
    tools.append(make('label', {}, 'Zoom', zoom));
    host.append(tools, stage, slider);
    host.hidden = false;
    const grid = figure.querySelector('.views');
    const fold = make('details', {}, make('summary', {}, 'All views and difference maps'));
    grid.replaceWith(fold);
    fold.append(make('div', { className: 'folded' }, grid));
    draw();
  }

  // On paper everything is open.
  addEventListener('beforeprint', () => { for (const fold of all('details')) fold.open = true; });
})();
`;
