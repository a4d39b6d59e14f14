/** How a picture gets its colours. */
export type Theme =
  /** VS Code's variables: for webviews. */
  | 'editor'
  /** Light, or dark where the reader's system is dark: for files. */
  | 'auto'
  | 'light'
  | 'dark'
  | 'high-contrast'
  | 'high-contrast-light';

interface Colour {
  /** VS Code's theme colour, as CSS variables say it. */
  readonly variable: string;
  readonly light: string;
  readonly dark: string;
  readonly contrast: string;
  readonly contrastLight: string;
}

const colour = (
  variable: string,
  light: string,
  dark: string,
  contrast: string,
  contrastLight: string = light,
): Colour => ({ variable, light, dark, contrast, contrastLight });

/** Every colour of the pictures: text on its ground has a contrast of at least 4.5, shapes of at least 3. */
const colours = {
  ground: colour('editor-background', '#ffffff', '#1f1f1f', '#000000', '#ffffff'),
  text: colour('editor-foreground', '#24292f', '#d4d4d4', '#ffffff', '#000000'),
  quiet: colour('descriptionForeground', '#57606a', '#a0a0a0', '#ffffff', '#000000'),
  line: colour('editorIndentGuide-activeBackground1', '#8c959f', '#767676', '#6fc3df', '#0f4a85'),
  faint: colour('editorWidget-border', '#d0d7de', '#454545', '#6fc3df', '#0f4a85'),
  surface: colour('editorWidget-background', '#f6f8fa', '#252526', '#000000', '#ffffff'),
  both: colour('charts-blue', '#0a69da', '#3794ff', '#3f9fff', '#0f4a85'),
  read: colour('charts-green', '#1a7f37', '#89d185', '#89d185', '#116329'),
  write: colour('charts-orange', '#b35900', '#d18616', '#ffae57', '#7a3e00'),
  mixed: colour('charts-purple', '#7b3fc4', '#b180d7', '#d8b4ff', '#5a1ea6'),
  error: colour('charts-red', '#cf222e', '#f14c4c', '#ff8080', '#a40e26'),
  changed: colour('charts-yellow', '#9a6700', '#e2b93d', '#ffff00', '#7a4f00'),
  focus: colour('focusBorder', '#0a69da', '#0078d4', '#f38518', '#006bbd'),
} satisfies Record<string, Colour>;

type ColourName = keyof typeof colours;

const names = Object.keys(colours) as ColourName[];

function variables(value: (colour: Colour) => string): string {
  return names.map((name) => `--vl-${name}:${value(colours[name])}`).join(';');
}

/** Colours as the values of our own variables. Files spell them out, because few viewers know VS Code's. */
function colourRules(theme: Theme): string {
  switch (theme) {
    case 'editor':
      return (
        `.vl{${variables(({ variable, light }) => `var(--vscode-${variable},${light})`)}}` +
        `.vscode-dark .vl{${variables(({ variable, dark }) => `var(--vscode-${variable},${dark})`)}}` +
        `.vscode-high-contrast .vl{${variables(({ variable, contrast }) => `var(--vscode-${variable},${contrast})`)}}` +
        `.vscode-high-contrast-light .vl{${variables(({ variable, contrastLight }) => `var(--vscode-${variable},${contrastLight})`)}}`
      );
    case 'auto':
      return `.vl{${variables(({ light }) => light)}}@media (prefers-color-scheme:dark){.vl{${variables(({ dark }) => dark)}}}`;
    default:
      return `.vl{${variables((value) => value[theme === 'high-contrast' ? 'contrast' : theme === 'high-contrast-light' ? 'contrastLight' : theme])}}`;
  }
}

/** Colour must never be the only sign: groups and rights have labels and patterns too. */
const rules = [
  '.vl{background:var(--vl-ground);font:12px/1.4 var(--vscode-font-family,system-ui,"Segoe UI",Roboto,Cantarell,"DejaVu Sans",sans-serif)}',
  '.vl text{fill:var(--vl-text)}',
  '.vl .mono{font-family:var(--vscode-editor-font-family,ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace);font-size:11px}',
  '.vl .heading{font-size:15px;font-weight:600}',
  '.vl .strong{font-weight:600}',
  '.vl .quiet{fill:var(--vl-quiet)}',
  '.vl .small{font-size:10.5px}',
  '.vl .end{text-anchor:end}.vl .middle{text-anchor:middle}',
  '.vl .ground{fill:var(--vl-ground)}.vl .surface{fill:var(--vl-surface)}',
  '.vl .frame{fill:var(--vl-surface);stroke:var(--vl-faint)}',
  '.vl .rule{stroke:var(--vl-faint);fill:none}.vl .axis{stroke:var(--vl-line);fill:none}',
  '.vl .zoom{fill:var(--vl-both);fill-opacity:.1;stroke:var(--vl-both);stroke-opacity:.5}',
  ...['both', 'read', 'write', 'mixed', 'error', 'changed', 'line', 'text', 'quiet'].map(
    (name) => `.vl .f-${name}{fill:var(--vl-${name})}`,
  ),
  ...['both', 'read', 'write', 'mixed', 'error', 'changed', 'line', 'text', 'faint'].map(
    (name) => `.vl .s-${name}{stroke:var(--vl-${name})}`,
  ),
  '.vl text.f-error,.vl .f-error text{fill:var(--vl-error)}.vl text.f-changed{fill:var(--vl-changed)}.vl text.f-read{fill:var(--vl-read)}.vl text.f-both{fill:var(--vl-both)}',
  '.vl text.on{fill:var(--vl-ground);font-weight:600}',
  '.vl .part{outline:none;cursor:default}.vl .part[data-uri],.vl .part[data-position],.vl .part[data-bdf]{cursor:pointer}',
  '.vl .part:hover>.body{filter:brightness(1.12)}',
  '.vl .part:focus>.body,.vl .part.selected>.body{stroke:var(--vl-focus);stroke-width:2.5;stroke-dasharray:none}',
  '.vl .ahead{opacity:.45}.vl .hollow{fill:none}',
  '.vl .dash{stroke-dasharray:4 3}',
  '@media (forced-colors:active){.vl{forced-color-adjust:none}}',
].join('');

/** The style sheet of all pictures. */
export function pictureStyle(theme: Theme): string {
  return colourRules(theme) + rules;
}
