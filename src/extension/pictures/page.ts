import { pictureStyle } from '../../pictures';

/** What a page needs of its webview. */
interface PageParts {
  /** `webview.cspSource`. */
  readonly source: string;
  /** Address of media/picture-page.js for the webview. */
  readonly script: string;
  /** A number used once: only what carries it is run or applied. */
  readonly nonce: string;
  readonly title: string;
}

const style = `
  body { padding: 0; margin: 0; }
  header { position: sticky; top: 0; z-index: 1; display: flex; gap: 6px; align-items: center; padding: 6px 12px;
    background: var(--vscode-editor-background); border-bottom: 1px solid var(--vscode-editorWidget-border, transparent); }
  header .space { flex: 1; }
  button, select { font: inherit; color: var(--vscode-button-secondaryForeground); border: 1px solid var(--vscode-button-border, transparent);
    background: var(--vscode-button-secondaryBackground); border-radius: 3px; padding: 2px 9px; min-height: 24px; }
  button:hover { background: var(--vscode-button-secondaryHoverBackground); }
  select { color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background); border-color: var(--vscode-dropdown-border); max-width: 45vw; }
  button:focus-visible, select:focus-visible, main:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  main { overflow: auto; min-height: calc(100vh - 40px); }
  main svg { display: block; transform-origin: 0 0; }
  #empty { padding: 24px; color: var(--vscode-descriptionForeground); }
  [hidden] { display: none !important; }
`;

const help =
  'Arrow keys go from part to part, Enter leads to the line, + and - zoom, Shift with arrow keys moves, 0 shows all.';

/** The page of a picture panel. Nothing is loaded but one script, and nothing runs but that. */
export function pageHtml({ source, script, nonce, title }: PageParts): string {
  const policy = [
    "default-src 'none'",
    // A picture that becomes a PNG is loaded as an image.
    'img-src data: blob:',
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${source}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${style}${pictureStyle('editor')}</style>
</head>
<body>
<header role="toolbar" aria-label="${title}">
<select id="containers" aria-label="Container" hidden></select>
<button id="in" title="Zoom in (+)" aria-label="Zoom in">+</button>
<button id="out" title="Zoom out (-)" aria-label="Zoom out">−</button>
<button id="all" title="Show all (0)">Show All</button>
<span class="space"></span>
<button id="export" title="Save as SVG or PNG">Save…</button>
</header>
<main id="picture" tabindex="0" role="region" aria-label="${title}" aria-describedby="help"></main>
<p id="empty" role="status" hidden></p>
<p id="help" hidden>${help}</p>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
