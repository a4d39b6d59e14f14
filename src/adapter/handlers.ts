import { Context } from './context';
import { breakpointHandlers } from './handlers/breakpoints';
import { changingHandlers } from './handlers/changing';
import { launchingHandlers } from './handlers/launching';
import { lookingHandlers } from './handlers/looking';
import { movingHandlers } from './handlers/moving';
import { pictureHandlers } from './handlers/pictures';
import type { AdapterHost } from './host';
import type { Channel } from './run';

/** Every request that the adapter answers: from its arguments to the body of its answer. */
export type Handlers = ReturnType<typeof makeHandlers>;

/** Makes the table for one client. */
export function makeHandlers(host: AdapterHost, channel: Channel) {
  const context = new Context(host, channel);
  return {
    ...launchingHandlers(context),
    ...breakpointHandlers(context),
    ...movingHandlers(context),
    ...lookingHandlers(context),
    ...changingHandlers(context),
    ...pictureHandlers(context),
  };
}
