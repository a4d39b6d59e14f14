import type { Instruction, StatementInfo } from './program';

/** A place in the instructions that is not known yet. */
export class Label {
  at = -1;
}

/** Collects instructions. */
export class Emitter {
  readonly instructions: Instruction[] = [];
  readonly statements: (StatementInfo | null)[] = [];
  private begun: StatementInfo | null = null;

  get position(): number {
    return this.instructions.length;
  }

  /** The next instruction begins a statement. */
  begin(statement: StatementInfo): void {
    this.begun = statement;
  }

  /** Something that goes on with the next instruction. */
  act(run: (x: Parameters<Instruction>[0]) => void): void {
    const next = this.position + 1;
    this.add((x) => {
      run(x);
      return next;
    });
  }

  add(instruction: Instruction): void {
    this.instructions.push(instruction);
    this.statements.push(this.begun);
    this.begun = null;
  }

  jump(to: Label): void {
    this.add(() => to.at);
  }

  /** Goes to `to` when the condition is false. */
  unless(condition: (x: Parameters<Instruction>[0]) => boolean, to: Label): void {
    const next = this.position + 1;
    this.add((x) => (condition(x) ? next : to.at));
  }

  place(label: Label): void {
    label.at = this.position;
  }
}
