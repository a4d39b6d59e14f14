/** A request cannot be answered, for a reason that a person can do something about. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    message: string,
    /** Whether the client shows a dialog; otherwise the message stands where the answer would. */
    readonly showUser = false,
  ) {
    super(message);
  }
}
