import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { readLocalFile } from './files';
import { serve } from './server';

// The client says on the command line how it wants to talk: --node-ipc, --stdio or --socket=PORT.
serve(createConnection(ProposedFeatures.all), readLocalFile);
