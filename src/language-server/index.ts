export { readLocalFile } from './files';
export { serve } from './server';
