import type {
  Block,
  Element,
  ExpressionStatement,
  ForStatement,
  FunctionDeclaration,
  IfStatement,
  KernelVersion,
  MachineBlock,
  MachineEntry,
  NamedEntry,
  Parameter,
  ProcessBlock,
  ProcessOption,
  ScenarioFile,
  Statement,
} from '../generated/ast';
import { ExpressionParser } from './expression-parser';
import type { TokenKind } from './lexer';
import { found, mismatchHint } from './messages';

const assignments: ReadonlySet<TokenKind> = new Set(['=', '+=', '-=', '*=', '|=', '&=']);

/** Words that only begin what stands outside of all blocks. */
const elementWords: ReadonlySet<TokenKind> = new Set(['include', 'kernel', 'machine', 'module', 'function', 'test']);

/** Words that only begin statements. */
const statementWords: ReadonlySet<TokenKind> = new Set(
  'let if while for break continue return print expect process'.split(' '),
);

const closers: Readonly<Partial<Record<TokenKind, string>>> = { ')': '(', ']': '[', '}': '{' };

/** The rules of scenario.langium for a whole file. Recursive descent: the grammar is LL(1). */
export class FileParser extends ExpressionParser {
  file(): ScenarioFile {
    const elements: Element[] = [];
    for (;;) {
      this.recover();
      if (this.kind === 'EOF') break;
      const from = this.at;
      const element = this.element();
      if (element !== undefined) elements.push(element);
      // What begins nothing is passed over, with one message for all of it.
      if (this.at === from) this.at++;
    }
    return this.finish({ $type: 'ScenarioFile', elements }, 0);
  }

  private element(): Element | undefined {
    const start = this.at;
    switch (this.kind) {
      case 'include': {
        this.at++;
        const path = this.string();
        this.skip(';');
        return this.finish({ $type: 'Include', path }, start);
      }
      case 'kernel':
        return this.kernel();
      case 'machine':
        return this.machine();
      case 'module': {
        this.at++;
        const module = this.dashedName();
        const parameters = this.is('{') ? this.moduleParameters() : [];
        if (parameters.length === 0 && this.tokens.kinds[this.at - 1] !== '}') this.expect('{', 'NamedEntry');
        return this.finish({ $type: 'ModuleBlock', module, parameters }, start);
      }
      case 'function':
        return this.function();
      case 'test': {
        this.at++;
        const name = this.string();
        return this.finish({ $type: 'TestBlock', name, body: this.block() }, start);
      }
      default:
        return this.statement();
    }
  }

  private kernel(): KernelVersion {
    const start = this.at++;
    const version = this.take('VERSION', 'Change');
    const changes: string[] = [];
    if (this.skip('without')) {
      do {
        const change = this.kind === 'STRING' ? this.string() : this.take('HASH', 'Change');
        if (change !== undefined) changes.push(change);
      } while (this.skip(',') || this.kind === 'HASH' || this.kind === 'STRING');
    }
    this.skip(';');
    return this.finish({ $type: 'KernelVersion', version, changes }, start);
  }

  private machine(): MachineBlock {
    const start = this.at++;
    const preset = this.kind === 'ID' ? this.dashedName() : undefined;
    const { braces, entries } = this.braced(() => this.machineEntry());
    return this.finish({ $type: 'MachineBlock', preset, braces, entries }, start);
  }

  /** Entries between braces, which may be left out. */
  private braced<Entry>(entry: () => Entry): { braces: boolean; entries: Entry[] } {
    const entries: Entry[] = [];
    if (!this.skip('{')) return { braces: false, entries };
    for (;;) {
      this.recover();
      if (this.kind !== 'ID' && this.kind !== 'iommu' && this.kind !== 'driver') {
        if (this.kind === '}' || this.kind === 'EOF' || elementWords.has(this.kind)) break;
        this.unexpected('MachineEntry');
        this.at++;
        continue;
      }
      entries.push(entry());
      if (!this.skip(',')) this.skip(';');
    }
    this.expect('}', 'MachineEntry');
    return { braces: true, entries };
  }

  private machineEntry(): MachineEntry {
    const start = this.at;
    if (this.skip('iommu')) {
      const kind = this.take('ID', 'MachineEntry');
      const { braces, entries } = this.braced(() => this.namedEntry());
      return this.finish({ $type: 'IommuEntry', kind, braces, entries }, start);
    }
    if (this.skip('driver')) return this.finish({ $type: 'DriverEntry', driver: this.dashedName() }, start);
    return this.namedEntry();
  }

  /** `nvme 01:00.0 { vfs 4 }`, `memory 1G`, `acs` */
  private namedEntry(): NamedEntry {
    const start = this.at;
    const name = this.dashedName();
    const address = this.kind === 'BDF' ? this.take('BDF', 'NamedEntry') : undefined;
    const hasValue = ['INTEGER', 'STRING', 'true', 'false'].includes(this.kind);
    const value = address === undefined && hasValue ? this.propertyValue() : undefined;
    const { braces, entries } = this.braced(() => this.machineEntry());
    return this.finish({ $type: 'NamedEntry', name, address, value, braces, entries }, start);
  }

  private function(): FunctionDeclaration {
    const start = this.at++;
    const name = this.name();
    const parameters: Parameter[] = [];
    this.expect('(', 'Name');
    if (this.kind !== ')' && this.kind !== 'ERROR') {
      do {
        const parameterStart = this.at;
        parameters.push(this.finish({ $type: 'Parameter', name: this.name() }, parameterStart));
      } while (this.skip(','));
    }
    this.expect(')', 'Name');
    return this.finish({ $type: 'FunctionDeclaration', name, parameters, body: this.block() }, start);
  }

  private block(): Block | undefined {
    const start = this.at;
    if (!this.expect('{', 'Block')) return undefined;
    const statements: Statement[] = [];
    for (;;) {
      this.recover();
      if (this.kind === '}' || this.kind === 'EOF' || elementWords.has(this.kind)) break;
      const from = this.at;
      const statement = this.statement();
      if (statement !== undefined) statements.push(statement);
      if (this.at === from) this.at++;
    }
    this.expect('}', 'Block');
    return this.finish({ $type: 'Block', statements }, start);
  }

  private statement(): Statement | undefined {
    const start = this.at;
    const statement = this.bareStatement();
    return statement !== undefined && this.skip(';') ? this.finish(statement, start) : statement;
  }

  private bareStatement(): Statement | undefined {
    const start = this.at;
    switch (this.kind) {
      case 'let': {
        this.at++;
        const name = this.name();
        this.expect('=', 'Name');
        return this.finish({ $type: 'LetStatement', name, value: this.expression() }, start);
      }
      case 'if':
        return this.if();
      case 'while': {
        this.at++;
        const condition = this.expression();
        return this.finish({ $type: 'WhileStatement', condition, body: this.block() }, start);
      }
      case 'for':
        return this.for();
      case 'process':
        return this.process();
      default:
        return this.simpleStatement(start);
    }
  }

  private simpleStatement(start: number): Statement | undefined {
    switch (this.kind) {
      case 'break':
        this.at++;
        return this.finish({ $type: 'BreakStatement' }, start);
      case 'continue':
        this.at++;
        return this.finish({ $type: 'ContinueStatement' }, start);
      case 'return': {
        this.at++;
        const value = this.startsExpression ? this.expression() : undefined;
        return this.finish({ $type: 'ReturnStatement', value }, start);
      }
      case 'print': {
        this.at++;
        const values = [];
        do {
          const value = this.expression();
          if (value !== undefined) values.push(value);
        } while (this.skip(','));
        return this.finish({ $type: 'PrintStatement', values }, start);
      }
      case 'expect':
        this.at++;
        return this.finish({ $type: 'ExpectStatement', condition: this.expression() }, start);
      default:
        if (this.startsExpression) return this.expressionStatement();
        this.fail(`${found(this.image)} cannot stand here`, this.strayHint());
        return undefined;
    }
  }

  private strayHint(): string | undefined {
    return this.kind === '}' ? 'there is no open { for it' : mismatchHint(this.image, 'Statement');
  }

  private expressionStatement(): ExpressionStatement {
    const start = this.at;
    const expression = this.expression();
    const operator = assignments.has(this.kind) ? (this.kind as ExpressionStatement['operator']) : undefined;
    if (operator !== undefined) this.at++;
    const value = operator === undefined ? undefined : this.expression();
    return this.finish({ $type: 'ExpressionStatement', expression, operator, value }, start);
  }

  private if(): IfStatement {
    const start = this.at++;
    const condition = this.expression();
    const then = this.block();
    let otherwise: IfStatement['otherwise'];
    if (this.skip('else')) otherwise = this.kind === 'if' ? this.if() : this.block();
    return this.finish({ $type: 'IfStatement', condition, then, otherwise }, start);
  }

  private for(): ForStatement {
    const start = this.at++;
    const variable = this.name();
    this.expect('in', 'Name');
    const from = this.expression();
    const to = this.skip('..') ? this.expression() : undefined;
    const by = to !== undefined && this.skip('step') ? this.expression() : undefined;
    return this.finish({ $type: 'ForStatement', variable, from, to, by, body: this.block() }, start);
  }

  private process(): ProcessBlock {
    const start = this.at++;
    const name = this.name();
    const options: ProcessOption[] = [];
    if (this.skip('(')) {
      while (this.startsName) {
        const optionStart = this.at;
        const option = this.name();
        const value = this.startsPrimary ? this.primary() : undefined;
        options.push(this.finish({ $type: 'ProcessOption', name: option, value }, optionStart));
        if (!this.skip(',')) break;
      }
      this.expect(')', 'Expression');
    }
    return this.finish({ $type: 'ProcessBlock', name, options, body: this.block() }, start);
  }

  /**
   * After an error: goes to where the next statement probably begins. That is behind the brackets that were open and
   * at the first token of a line; at a word that only begins statements; or at the brace that ends the block.
   */
  private recover(): void {
    if (!this.failing) return;
    this.failing = false;
    const { brackets } = this;
    for (let first = true; this.kind !== 'EOF'; this.at++, first = false) {
      const { kind } = this;
      const opener = closers[kind];
      if (opener !== undefined) {
        const open = brackets.lastIndexOf(opener as '(');
        if (open >= 0) brackets.length = open;
        else if (kind === '}') break;
      } else if (this.beginsAgain(kind, first)) break;
      else if (kind === '(' || kind === '[' || kind === '{') brackets.push(kind);
    }
    brackets.length = 0;
  }

  private beginsAgain(kind: TokenKind, first: boolean): boolean {
    if (statementWords.has(kind)) return this.beginsLine || this.brackets.length === 0;
    if (elementWords.has(kind)) return this.beginsLine;
    return this.beginsLine && this.brackets.length === 0 && !(first && !this.startsExpression);
  }

  /** Whether the token is the first of its line. */
  private get beginsLine(): boolean {
    if (this.at === 0) return true;
    const between = this.source.text.slice(this.tokens.ends[this.at - 1], this.tokens.starts[this.at]);
    return between.includes('\n') || between.includes('\r');
  }
}
