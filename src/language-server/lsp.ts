import {
  type CodeAction,
  CodeActionKind,
  CompletionItemKind,
  type CompletionItem,
  type Diagnostic,
  DiagnosticSeverity,
  type DocumentSymbol,
  InsertTextFormat,
  type Range,
  SymbolKind,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Fix, Problem } from '../scenario';
import type { Proposal } from './completion';
import type { Block } from './outline';

const completionKinds: Readonly<Record<Proposal['kind'], CompletionItemKind>> = {
  request: CompletionItemKind.Event,
  field: CompletionItemKind.Field,
  flag: CompletionItemKind.EnumMember,
  constant: CompletionItemKind.Constant,
  errno: CompletionItemKind.Constant,
  word: CompletionItemKind.Keyword,
  call: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  structure: CompletionItemKind.Struct,
  path: CompletionItemKind.File,
  device: CompletionItemKind.Value,
};

const symbolKinds: Readonly<Record<Block['kind'], SymbolKind>> = {
  test: SymbolKind.Method,
  process: SymbolKind.Namespace,
  function: SymbolKind.Function,
  machine: SymbolKind.Object,
  module: SymbolKind.Package,
  device: SymbolKind.Field,
};

const severities: Readonly<Record<Problem['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Hint,
};

export function diagnosticOf({ range, severity, message, hint }: Problem): Diagnostic {
  return {
    range,
    severity: severities[severity],
    source: 'vfio',
    message: hint === undefined ? message : `${message}\n${hint}`,
  };
}

/** @param place what an answer replaces, where that is not the word at the cursor */
export function completionItem(proposal: Proposal, place: Range | undefined): CompletionItem {
  const { label, kind, detail, documentation, snippet, rank = 5 } = proposal;
  const text = snippet ?? label;
  return {
    label,
    kind: completionKinds[kind],
    sortText: `${rank}${label}`,
    ...(detail === undefined ? {} : { detail }),
    ...(documentation === undefined ? {} : { documentation }),
    ...(snippet === undefined ? {} : { insertTextFormat: InsertTextFormat.Snippet }),
    ...(place === undefined ? { insertText: text } : { textEdit: { range: place, newText: text }, filterText: label }),
  };
}

export function documentSymbol(document: TextDocument, block: Block): DocumentSymbol {
  return {
    name: block.name === '' ? block.kind : block.name,
    detail: block.kind === 'device' || block.name === block.kind ? '' : block.kind,
    kind: symbolKinds[block.kind],
    range: rangeBetween(document, block.first.start, block.end),
    selectionRange: rangeBetween(document, block.nameToken.start, block.nameToken.end),
    children: block.children.map((child) => documentSymbol(document, child)),
  };
}

export function quickFix(uri: string, problem: Problem, fix: Fix): CodeAction {
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnosticOf(problem)],
    isPreferred: true,
    edit: { changes: { [uri]: fix.edits.map(({ range, text }) => ({ range, newText: text })) } },
  };
}

export function rangeBetween(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
