import { serveStdio } from './serve';

serveStdio();
