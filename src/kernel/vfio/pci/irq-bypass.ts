import { entity, JournaledMap, type Journal } from '../../../history';
import type { EventFile } from '../../eventfd';
import { EBUSY } from '../../errno';
import type { IrqContext } from './device';

/** Vectors of all devices that could be handed to a guest directly, by eventfd (`virt/lib/irqbypass.c`). */
export class IrqBypass extends entity({
  /** A process died in the list and took its lock along. */
  lockLost: false,
}) {
  private readonly byToken: JournaledMap<EventFile, IrqContext>;

  constructor(journal: Journal) {
    super(journal);
    this.byToken = new JournaledMap(journal);
  }

  /** `irq_bypass_register_producer`: -EBUSY when another vector has the same eventfd. */
  register(context: IrqContext): number {
    const token = context.token!;
    if (this.byToken.has(token)) return -EBUSY;
    this.byToken.set(token, context);
    context.wasLinked = true;
    return 0;
  }

  /**
   * `irq_bypass_unregister_producer`. The kernel looks for the eventfd and then unlinks the vector that it was given.
   * @returns false when that vector was never linked, while another one with its eventfd is: the kernel falls over it
   */
  unregister(context: IrqContext): boolean {
    const token = context.token;
    const linked = token === null ? undefined : this.byToken.get(token);
    if (linked === undefined) return true;
    if (linked !== context) return false;
    this.byToken.delete(token!);
    return true;
  }
}
