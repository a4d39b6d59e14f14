import { type Connection, type Range, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { format } from '../scenario';
import { Analysis, type IncludedText } from './analysis';
import { answersFor } from './answers';
import { capabilities } from './capabilities';
import { resolved } from './links';
import { diagnosticOf } from './lsp';
import { tokensOf, type Token } from './tokens';

/** The longest time that nothing may be typed before a text is checked, in milliseconds. */
const longestDelay = 150;

/** A document that is open in the editor. */
export interface OpenText {
  readonly document: TextDocument;
  readonly tokens: readonly Token[];
  readonly analysis: Analysis;
}

/** Answers a client on the connection until it says goodbye. `readFile`: the text of a file that is not open. */
export function serve(connection: Connection, readFile: (uri: string) => string | undefined): void {
  const documents = new TextDocuments(TextDocument);
  const texts = new Texts(documents, readFile);
  connection.onInitialize(() => ({ capabilities, serverInfo: { name: 'vfio-lab' } }));
  answersFor(connection, (uri) => texts.of(uri));
  connection.onDocumentFormatting(({ textDocument }) => {
    const document = documents.get(textDocument.uri);
    const made = document === undefined ? undefined : format(document.getText());
    if (document === undefined || made === undefined || made === document.getText()) return null;
    return [{ range: wholeOf(document), newText: made }];
  });
  checkWhileTyping(connection, documents, texts);
  documents.onDidClose(({ document }) => texts.forget(document.uri));
  documents.listen(connection);
  connection.listen();
}

function wholeOf(document: TextDocument): Range {
  return { start: { line: 0, character: 0 }, end: document.positionAt(document.getText().length) };
}

/** Publishes what is wrong with a document once nothing has been typed for a moment; when it is opened, at once. */
function checkWhileTyping(connection: Connection, documents: TextDocuments<TextDocument>, texts: Texts): void {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  /** A check waits half as long as the last one took, so that a slow one does not run after each letter. */
  let delay = 0;
  const check = async (uri: string): Promise<void> => {
    const text = texts.of(uri);
    if (text === undefined) return;
    try {
      const began = performance.now();
      const diagnostics = text.analysis.problems.map(diagnosticOf);
      delay = Math.min(longestDelay, (performance.now() - began) / 2);
      await connection.sendDiagnostics({ uri, version: text.document.version, diagnostics });
    } catch (error) {
      // Not the person's fault: it goes to the log of the server and the text stays as it was judged before.
      connection.console.error(
        `checking ${uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  };
  documents.onDidChangeContent(({ document: { uri, version } }) => {
    clearTimeout(waiting.get(uri));
    waiting.set(
      uri,
      setTimeout(() => void check(uri), version <= 1 ? 0 : delay),
    );
    // Files that include this one may be right or wrong now.
    for (const other of texts.including(uri)) {
      clearTimeout(waiting.get(other));
      waiting.set(
        other,
        setTimeout(() => void check(other), delay),
      );
    }
  });
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(waiting.get(uri));
    waiting.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
}

/** Remembers what is known of each open document until it changes: one key stroke asks for it several times. */
class Texts {
  private readonly known = new Map<string, OpenText>();
  /** By file: the documents that include it. */
  private readonly includers = new Map<string, Set<string>>();

  constructor(
    private readonly documents: TextDocuments<TextDocument>,
    private readonly readFile: (uri: string) => string | undefined,
  ) {}

  of(uri: string): OpenText | undefined {
    const document = this.documents.get(uri);
    if (document === undefined) return undefined;
    const known = this.known.get(uri);
    if (known?.document === document && known.analysis.text === document.getText()) return known;
    const text = document.getText();
    let tokens: Token[] | undefined;
    const open: OpenText = {
      document,
      get tokens() {
        return (tokens ??= tokensOf(text));
      },
      analysis: new Analysis(uri, text, this.included(uri)),
    };
    this.known.set(uri, open);
    return open;
  }

  /** Open documents that include a file; what was known of them counts no more. */
  including(uri: string): string[] {
    const found = [...(this.includers.get(uri) ?? [])];
    for (const other of found) this.known.delete(other);
    return found;
  }

  forget(uri: string): void {
    this.known.delete(uri);
  }

  private included(by: string): IncludedText {
    return (path, from) => {
      const uri = resolved(path, from);
      if (uri === undefined) return undefined;
      let includers = this.includers.get(uri);
      if (includers === undefined) this.includers.set(uri, (includers = new Set()));
      includers.add(by);
      const text = this.documents.get(uri)?.getText() ?? this.readFile(uri);
      return text === undefined ? undefined : { uri, text };
    };
  }
}
