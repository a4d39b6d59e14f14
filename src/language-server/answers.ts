import {
  type Connection,
  FoldingRangeKind,
  InlayHintKind,
  type Location,
  MarkupKind,
  type Position,
  ResponseError,
  type TextEdit,
} from 'vscode-languageserver';
import { describedMachine, type Mention, type Range } from '../scenario';
import { fixOf } from './code-actions';
import { proposalsAt } from './completion';
import { devicesOf } from './completion-places';
import { foldsOf } from './folding';
import { hoverAt } from './hover';
import { hintsOf } from './inlay-hints';
import { includeLinks, resolved } from './links';
import { completionItem, documentSymbol, quickFix, rangeBetween } from './lsp';
import { definitionOf, mentionAt, refusalOf, sameThing } from './names';
import { outlineOf } from './outline';
import { semanticTokensOf } from './semantic-tokens';
import type { OpenText } from './server';
import { signatureAt } from './signature-help';

type Find = (uri: string) => OpenText | undefined;

/** LSP's error code for a request that makes no sense for the text. */
const invalidRequest = -32600;

const locationOf = ({ uri, range }: Mention): Location => ({ uri, range });

/** Answers questions about open documents; null about those that are not open (any more). */
export function answersFor(connection: Connection, find: Find): void {
  const about = <Answer>(uri: string, answer: (open: OpenText) => Answer): Answer | null => {
    const open = find(uri);
    return open === undefined ? null : answer(open);
  };
  placeAnswers(connection, about);
  nameAnswers(connection, about);
  fileAnswers(connection, about);
}

type About = <Answer>(uri: string, answer: (open: OpenText) => Answer) => Answer | null;

/** About what stands at the cursor. */
function placeAnswers(connection: Connection, about: About): void {
  connection.onHover(({ textDocument, position }) =>
    about(textDocument.uri, ({ document, tokens }) => {
      const found = hoverAt(tokens, document.offsetAt(position));
      if (found === undefined) return null;
      const range = rangeBetween(document, found.token.start, found.token.end);
      return { contents: { kind: MarkupKind.Markdown, value: found.markdown }, range };
    }),
  );
  connection.onCompletion(({ textDocument, position }) =>
    about(textDocument.uri, (open) => {
      const { document, tokens, analysis } = open;
      const offset = document.offsetAt(position);
      const proposals = proposalsAt(tokens, offset, devicesOf(describedMachine(analysis.parsed)));
      const place = stringAround(open, position);
      return proposals.map((proposal) => completionItem(proposal, place));
    }),
  );
  connection.onSignatureHelp(({ textDocument, position }) =>
    about(textDocument.uri, ({ document, tokens }) => {
      const hint = signatureAt(tokens, document.offsetAt(position));
      if (hint === undefined) return null;
      const { label, documentation, active } = hint;
      const parameters = hint.parameters.map((parameter) => ({ label: parameter.label }));
      return { signatures: [{ label, documentation, parameters }], activeSignature: 0, activeParameter: active };
    }),
  );
  connection.onCodeAction(({ textDocument, range }) =>
    about(textDocument.uri, ({ document, analysis }) =>
      analysis.problems
        .filter((problem) => touches(problem.range, range))
        .flatMap((problem) => {
          const fix = fixOf(problem, (part) => document.getText(part));
          return fix === undefined ? [] : [quickFix(textDocument.uri, problem, fix)];
        }),
    ),
  );
}

/** The content of the string that the cursor is in: a path is replaced as a whole. */
function stringAround({ document, tokens }: OpenText, position: Position): Range | undefined {
  const offset = document.offsetAt(position);
  const string = tokens.find(({ kind, start, end }) => kind === 'string' && start < offset && offset <= end);
  if (string === undefined) return undefined;
  const closed = string.text.length > 1 && string.text.endsWith('"');
  return rangeBetween(document, string.start + 1, closed ? string.end - 1 : string.end);
}

function touches(a: Range, b: Range): boolean {
  const before = (x: Position, y: Position): boolean =>
    x.line < y.line || (x.line === y.line && x.character < y.character);
  return !before(a.end, b.start) && !before(b.end, a.start);
}

/** About the names of the scenario. */
function nameAnswers(connection: Connection, about: About): void {
  connection.onDefinition(({ textDocument, position }) =>
    about(textDocument.uri, ({ analysis, document, tokens }) => {
      const declaration = definitionOf(analysis, position);
      if (declaration !== undefined) return locationOf(declaration);
      const offset = document.offsetAt(position);
      const link = includeLinks(tokens).find(({ start, end }) => start <= offset && offset <= end);
      const target = link === undefined ? undefined : resolved(link.path, textDocument.uri);
      const start = { line: 0, character: 0 };
      return target === undefined ? null : { uri: target, range: { start, end: start } };
    }),
  );
  connection.onReferences(({ textDocument, position, context }) =>
    about(textDocument.uri, ({ analysis }) =>
      sameThing(analysis, position)
        .filter(({ declares }) => context.includeDeclaration || !declares)
        .map(locationOf),
    ),
  );
  connection.onDocumentHighlight(({ textDocument, position }) =>
    about(textDocument.uri, ({ analysis }) =>
      sameThing(analysis, position)
        .filter(({ uri }) => uri === textDocument.uri)
        .map(({ range }) => ({ range })),
    ),
  );
  connection.onPrepareRename(({ textDocument, position }) =>
    about(textDocument.uri, ({ analysis }) => {
      const mention = mentionAt(analysis, position);
      return mention?.thing === undefined ? null : { range: mention.range, placeholder: mention.thing.name };
    }),
  );
  connection.onRenameRequest(({ textDocument, position, newName }) =>
    about(textDocument.uri, ({ analysis }) => {
      const refusal = refusalOf(analysis, position, newName);
      if (refusal !== undefined) return new ResponseError<undefined>(invalidRequest, refusal);
      const changes: Record<string, TextEdit[]> = {};
      for (const { uri, range } of sameThing(analysis, position))
        (changes[uri] ??= []).push({ range, newText: newName });
      return { changes };
    }),
  );
}

/** About a whole file. */
function fileAnswers(connection: Connection, about: About): void {
  connection.onDocumentSymbol(({ textDocument }) =>
    about(textDocument.uri, ({ document, tokens }) =>
      outlineOf(tokens, document.getText().length).map((block) => documentSymbol(document, block)),
    ),
  );
  connection.onFoldingRanges(({ textDocument }) =>
    about(textDocument.uri, ({ document, tokens }) =>
      foldsOf(tokens, (offset) => document.positionAt(offset).line).map(({ start, end, kind }) => ({
        startLine: start,
        endLine: end,
        ...(kind === undefined ? {} : { kind: FoldingRangeKind[kind === 'comment' ? 'Comment' : 'Region'] }),
      })),
    ),
  );
  connection.onDocumentLinks(({ textDocument }) =>
    about(textDocument.uri, ({ document, tokens }) =>
      includeLinks(tokens).flatMap(({ start, end, path }) => {
        const target = resolved(path, textDocument.uri);
        return target === undefined ? [] : [{ range: rangeBetween(document, start, end), target }];
      }),
    ),
  );
  connection.languages.inlayHint.on(({ textDocument, range }) =>
    about(textDocument.uri, ({ document, tokens }) =>
      hintsOf(tokens, document.offsetAt(range.start), document.offsetAt(range.end)).map(
        ({ offset, text, tooltip }) => ({
          position: document.positionAt(offset),
          label: text,
          tooltip,
          kind: InlayHintKind.Type,
          paddingLeft: true,
        }),
      ),
    ),
  );
  connection.languages.semanticTokens.on(({ textDocument }) => ({
    data: about(textDocument.uri, ({ analysis }) => semanticTokensOf(analysis.ownMentions)) ?? [],
  }));
}
