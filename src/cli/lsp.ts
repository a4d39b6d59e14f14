import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { readLocalFile, serve } from '../language-server';

/** `vfio-lab lsp`: the language server on standard input and output, until the client ends it. */
export function serveLsp(): void {
  const reader = new StreamMessageReader(process.stdin);
  serve(createConnection(ProposedFeatures.all, reader, new StreamMessageWriter(process.stdout)), readLocalFile);
}
