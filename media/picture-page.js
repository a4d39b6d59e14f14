// @ts-check
// The script of the picture panels' pages: shows what the extension draws, zooms, pans, and tells what was chosen.
// The types of its messages are in src/extension/pictures/messages.ts.
'use strict';

(() => {
  /** @typedef {import('../src/extension/pictures/messages').PageState} PageState */
  /** @typedef {import('../src/extension/pictures/messages').PageMessage} PageMessage */

  // @ts-expect-error -- VS Code puts it there
  const editor = acquireVsCodeApi();
  const picture = /** @type {HTMLElement} */ (document.getElementById('picture'));
  const empty = /** @type {HTMLElement} */ (document.getElementById('empty'));
  const containers = /** @type {HTMLSelectElement} */ (document.getElementById('containers'));
  const zoomStep = 1.5;

  /** @type {PageState | undefined} */
  let state = editor.getState();
  /** Magnification of pictures without a scale of their own. */
  let magnification = 1;
  let scheduled = false;

  const width = () => Math.max(Math.floor(document.documentElement.clientWidth), 480);

  /** @param {PageMessage} message */
  const post = (message) => editor.postMessage(message);

  /** Tells the extension what to draw, once a frame at most. @param {Partial<PageState>} change */
  function change(change) {
    if (state === undefined) return;
    state = { ...state, ...change };
    editor.setState(state);
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      if (state !== undefined) post({ type: 'state', width: width(), state });
    });
  }

  /** The scale of the shown picture, or null for one that is magnified as a whole. */
  function scaleOf() {
    const svg = picture.querySelector('svg');
    if (svg === null || svg.dataset.count === undefined) return null;
    const { left, right, from, count } = svg.dataset;
    return { svg, left: Number(left), right: Number(right), from: Number(from), count: Number(count) };
  }

  /** @param {number} factor above 1 zooms in @param {number} [at] part of the way from left to right that stays */
  function zoom(factor, at = 0.5) {
    const scale = scaleOf();
    if (scale === null) {
      magnification = Math.min(Math.max(magnification * factor, 0.1), 8);
      magnify();
      return;
    }
    const smallest = state?.kind === 'iova' ? 4 : 1;
    const count = Math.max(Math.round(scale.count / factor), smallest);
    const largest = 2 ** 52;
    const from = Math.max(Math.round(scale.from + (scale.count - count) * at), 0);
    change({ window: { from, count: Math.min(count, largest - from) } });
  }

  /** @param {number} part of the shown width, to the right */
  function pan(part) {
    const scale = scaleOf();
    if (scale === null) picture.scrollBy({ left: part * picture.clientWidth });
    else change({ window: { from: Math.max(Math.round(scale.from + part * scale.count), 0), count: scale.count } });
  }

  function showAll() {
    magnification = 1;
    magnify();
    change({ window: undefined });
  }

  function magnify() {
    const svg = picture.querySelector('svg');
    if (svg === null) return;
    const [, , w, h] = (svg.getAttribute('viewBox') ?? '0 0 1 1').split(' ').map(Number);
    const factor = scaleOf() === null ? magnification : 1;
    svg.setAttribute('width', String((w ?? 1) * factor));
    svg.setAttribute('height', String((h ?? 1) * factor));
  }

  const parts = () => /** @type {SVGGElement[]} */ ([...picture.querySelectorAll('.part')]);

  /** What stays selected when the picture is drawn anew. @param {SVGGElement} part */
  const identity = (part) => part.dataset.bdf ?? part.dataset.page ?? part.dataset.position;

  /** @param {SVGGElement | undefined} part */
  function focusPart(part) {
    if (part === undefined) return;
    for (const other of parts()) other.removeAttribute('tabindex');
    part.setAttribute('tabindex', '-1');
    part.focus();
    part.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /** @param {SVGGElement} part */
  function choose(part) {
    const { uri, line, column, merged, page, count, index, position } = part.dataset;
    const selected = identity(part);
    if (merged !== undefined) {
      const window =
        page === undefined
          ? { from: Number(index), count: Number(merged) }
          : { from: Number(page), count: Number(count) };
      change({ selected, window });
      return;
    }
    change({ selected });
    if (position !== undefined) post({ type: 'goto', step: Number(position) });
    else if (uri !== undefined) post({ type: 'reveal', uri, line: Number(line), column: Number(column) });
  }

  /** @param {number} by */
  function step(by) {
    const all = parts();
    const now = all.indexOf(/** @type {SVGGElement} */ (document.activeElement?.closest('.part')));
    const selected = all.findIndex((part) => part.classList.contains('selected'));
    const from = now >= 0 ? now : selected;
    focusPart(all[Math.min(Math.max(from + by, 0), all.length - 1)]);
  }

  /** @type {Record<string, (event: KeyboardEvent) => void>} */
  const keys = {
    '+': () => zoom(zoomStep),
    '=': () => zoom(zoomStep),
    '-': () => zoom(1 / zoomStep),
    0: showAll,
    ArrowRight: (event) => (event.shiftKey ? pan(0.25) : step(1)),
    ArrowLeft: (event) => (event.shiftKey ? pan(-0.25) : step(-1)),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => {
      const part = document.activeElement?.closest('.part');
      if (part) choose(/** @type {SVGGElement} */ (part));
    },
    Escape: () => picture.focus(),
  };

  picture.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(event);
  });

  picture.addEventListener('click', (event) => {
    const part = /** @type {Element} */ (event.target).closest('.part');
    if (part !== null) choose(/** @type {SVGGElement} */ (part));
  });

  picture.addEventListener(
    'wheel',
    (event) => {
      const scale = scaleOf();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        if (scale === null) return;
        event.preventDefault();
        pan((event.deltaX || event.deltaY) / 1000);
      } else if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const box = picture.querySelector('svg')?.getBoundingClientRect();
        const x = event.clientX - (box?.left ?? 0);
        const at = scale === null ? 0.5 : (x - scale.left) / (scale.right - scale.left);
        zoom(Math.exp(-event.deltaY / 300), Math.min(Math.max(at, 0), 1));
      }
    },
    { passive: false },
  );

  /** Dragging moves the window. */
  picture.addEventListener('pointerdown', (start) => {
    const scale = scaleOf();
    if (scale === null || start.button !== 0) return;
    const perPixel = scale.count / (scale.right - scale.left);
    /** @param {PointerEvent} event */
    const move = (event) => {
      const moved = event.clientX - start.clientX;
      if (Math.abs(moved) > 3)
        change({ window: { from: Math.max(Math.round(scale.from - moved * perPixel), 0), count: scale.count } });
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', () => window.removeEventListener('pointermove', move), { once: true });
  });

  /** @param {string} id @param {() => void} act */
  const button = (id, act) => document.getElementById(id)?.addEventListener('click', act);
  button('in', () => zoom(zoomStep));
  button('out', () => zoom(1 / zoomStep));
  button('all', showAll);
  button('export', () => post({ type: 'export' }));
  containers.addEventListener('change', () =>
    change({ container: Number(containers.value), window: undefined, selected: undefined }),
  );
  window.addEventListener('resize', () => change({}));

  /** @param {Extract<import('../src/extension/pictures/messages').HostMessage, { type: 'picture' }>} message */
  function show(message) {
    state = message.state;
    editor.setState(state);
    const focused = document.activeElement?.closest('.part');
    const had = focused ? identity(/** @type {SVGGElement} */ (focused)) : undefined;
    const shown = new DOMParser().parseFromString(message.svg, 'image/svg+xml').documentElement;
    picture.replaceChildren(...(message.svg === '' ? [] : [document.importNode(shown, true)]));
    picture.hidden = message.svg === '';
    empty.hidden = message.empty === undefined;
    empty.textContent = message.empty ?? '';
    magnify();
    containers.hidden = message.containers.length < 2;
    containers.replaceChildren(
      ...message.containers.map(({ id, name }) => new Option(name, String(id), false, id === message.state.container)),
    );
    if (had !== undefined) focusPart(parts().find((part) => identity(part) === had));
  }

  /** @param {string} svg */
  function rasterize(svg) {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement('canvas');
      // Twice the size, so that it stays sharp on paper and dense screens.
      canvas.width = image.width * 2;
      canvas.height = image.height * 2;
      canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
      post({ type: 'png', base64: canvas.toDataURL('image/png').split(',')[1] ?? '' });
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  }

  window.addEventListener('message', ({ data }) => {
    if (data?.type === 'picture') show(data);
    else if (data?.type === 'rasterize') rasterize(data.svg);
  });

  post({ type: 'ready', width: width(), ...(state === undefined ? {} : { state }) });
})();
