/** What a kernel function tells while it runs. Values are shown as they are at that moment. */
export type StoryEvent =
  | { readonly kind: 'enter'; readonly name: string; readonly values: StoryValues; readonly position: number }
  | { readonly kind: 'note'; readonly text: string; readonly position: number }
  | {
      readonly kind: 'refuse';
      /** Which errno site: `function/order` as in the table of errno sites. */
      readonly site: string;
      readonly errno: number;
      readonly text: string;
      readonly position: number;
    }
  | {
      readonly kind: 'leave';
      readonly name: string;
      readonly answer: number | bigint | undefined;
      readonly position: number;
    };

/** Names and values of a function's arguments or locals. */
export type StoryValues = Readonly<Record<string, string | number | bigint | boolean>>;

/**
 * How kernel functions tell what they do, under their real names (`vfio_dma_do_map`), and why they refuse.
 * Nobody listens most of the time, so texts are functions that are only called for a listener.
 */
export class Story {
  /** Receives each event; null: nobody listens. */
  listener: ((event: StoryEvent) => void) | null = null;
  /** Errno sites reached, while somebody counts them. */
  coverage: Set<string> | null = null;

  constructor(private readonly journal: { readonly position: number }) {}

  /** A kernel function begins. */
  enter(name: string, values?: () => StoryValues): void {
    if (this.listener !== null) {
      this.listener({ kind: 'enter', name, values: values?.() ?? {}, position: this.journal.position });
    }
  }

  /** The function that began last ends; hands `answer` on, so that it can stand in a `return`. */
  leave<T extends number | bigint | undefined | object>(name: string, answer: T): T {
    if (this.listener !== null) {
      const told = typeof answer === 'number' || typeof answer === 'bigint' ? answer : undefined;
      this.listener({ kind: 'leave', name, answer: told, position: this.journal.position });
    }
    return answer;
  }

  /** A decision that let the call go on, or something that was done. */
  note(text: () => string): void {
    if (this.listener !== null) this.listener({ kind: 'note', text: text(), position: this.journal.position });
  }

  /**
   * A decision that ends the call with an error; returns the negative number, to be returned on.
   * @param site `function/order`: the row of the table of errno sites (its columns function and order_in_function)
   */
  refuse(site: string, errno: number, text: () => string): number {
    this.coverage?.add(site);
    if (this.listener !== null) {
      this.listener({ kind: 'refuse', site, errno, text: text(), position: this.journal.position });
    }
    return -errno;
  }
}
