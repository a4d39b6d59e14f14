import type * as vscode from 'vscode';

/** Milliseconds after which an event counts as missing. */
const patience = 20_000;

/** The next event that fits; `what` names it when it does not come. */
export function next<T>(event: vscode.Event<T>, fits: (value: T) => boolean, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      subscription.dispose();
      settle();
    };
    const subscription = event((value) => {
      if (fits(value))
        end(() => {
          resolve(value);
        });
    });
    const timer = setTimeout(() => {
      end(() => {
        reject(new Error(`no ${what} within ${patience} ms`));
      });
    }, patience);
  });
}
