import { errnoNumbers } from '../kernel/errno';
import { constantValues, ioctls, namesOfField, type FileKind, type Ioctl, type StructName } from '../kernel/uapi';
import { outcomeWords, signatures, usageOf } from '../scenario';
import type { FunctionDescription } from '../hardware';
import { memberProposals, stringProposals, wordPlaceProposals } from './completion-places';
import { errnoMeanings } from './errno-meanings';
import { typeText } from './hover';
import { ioctlGuides } from './ioctl-guide';
import { placeAt, type Place } from './position';
import type { Token } from './tokens';
import { knownWords } from './words';

/** One proposal. It knows nothing of LSP, so that it can be tested by itself. */
export interface Proposal {
  readonly label: string;
  readonly kind:
    | 'request'
    | 'field'
    | 'flag'
    | 'constant'
    | 'errno'
    | 'word'
    | 'call'
    | 'variable'
    | 'structure'
    | 'path'
    | 'device';
  /** Stands behind the label. */
  readonly detail?: string;
  readonly documentation?: string;
  /** What is inserted, when it is not the label; with `$1` places to fill in. */
  readonly snippet?: string;
  /** Small numbers come first. Default 5. */
  readonly rank?: number;
}

/** What can stand at an offset. */
export function proposalsAt(
  tokens: readonly Token[],
  offset: number,
  devices: readonly FunctionDescription[] = [],
): Proposal[] {
  const typed = tokens.find(({ kind, end, start }) => kind === 'word' && start < offset && offset <= end);
  const surrounding = tokenAroundCursor(tokens, offset);
  const place = placeAt(tokens, typed?.start ?? surrounding?.start ?? offset);
  if (surrounding?.kind === 'string') return stringProposals(place, devices);
  if (surrounding !== undefined && writtenOut.has(surrounding.kind)) return [];
  if (place.before?.text === '.') return memberProposals(tokens, place);
  return (
    structureProposals(place) ??
    callProposals(tokens, place) ??
    wordPlaceProposals(tokens, place, devices) ??
    statementProposals(tokens, place, typed)
  );
}

/** Within these nothing is proposed. */
const writtenOut: ReadonlySet<Token['kind']> = new Set(['comment', 'number', 'bdf']);

/** The token that the cursor is in, or that goes on with what is typed at the cursor. */
function tokenAroundCursor(tokens: readonly Token[], offset: number): Token | undefined {
  return (
    tokens.find(({ start, end }) => start < offset && offset < end) ??
    tokens.find((token) => token.end === offset && isOpenToItsEnd(token))
  );
}

/** A line comment, an open string or a number goes on with what is typed behind it. */
function isOpenToItsEnd({ kind, text }: Token): boolean {
  if (kind === 'comment') return !text.endsWith('*/');
  return (kind === 'string' && (text.length < 2 || !text.endsWith('"'))) || kind === 'number' || kind === 'bdf';
}

/** Fields of the structure, or the names of one field's values. */
function structureProposals({ struct, field, fields, before }: Place): Proposal[] | undefined {
  if (struct === undefined) return undefined;
  if (field !== undefined) {
    const names = namesOfField(struct.name as StructName, field);
    if (names === undefined) return undefined;
    return Object.keys(names.values).map((label) => {
      const constant = names.constants[label];
      return { label, kind: 'flag', ...(constant === undefined ? {} : { detail: constant }) };
    });
  }
  if (before?.text !== '{' && before?.text !== ',') return [];
  return struct.fields
    .filter(({ name }) => !fields.includes(name))
    .map((described) => ({
      label: described.name,
      kind: 'field',
      detail: `${typeText(described)}, offset ${described.offset}`,
      snippet: `${described.name}: $0`,
      // What the language fills in comes last.
      rank: described.name === 'argsz' ? 9 : 4,
    }));
}

/** The second and third argument of `ioctl`, and what an expectation names. */
function callProposals(tokens: readonly Token[], place: Place): Proposal[] | undefined {
  if (place.before?.text === 'expect') return expectedProposals();
  if (place.call !== 'ioctl') return undefined;
  if (place.argument === 1) return requestProposals(kindOfFile(tokens, place.firstArgument));
  if (place.argument !== 2 || place.ioctl === undefined || place.before?.text !== ',') return undefined;
  return argumentProposals(place.ioctl);
}

function expectedProposals(): Proposal[] {
  const errnos = Object.keys(errnoNumbers).map((label): Proposal => {
    const meaning = errnoMeanings[label as keyof typeof errnoNumbers];
    return { label, kind: 'errno', ...(meaning === undefined ? {} : { documentation: meaning }) };
  });
  return [
    ...errnos,
    ...outcomeWords.map((label): Proposal => ({ label, kind: 'word' })),
    { label: 'dmesg', kind: 'word', detail: 'a line of the kernel log', snippet: 'dmesg "$0"', rank: 4 },
    {
      label: 'group',
      kind: 'word',
      detail: 'the state of a group',
      snippet: 'group ${1:00:04.0} ${2:viable}',
      rank: 4,
    },
    {
      label: 'mapping',
      kind: 'word',
      detail: 'a mapping of a container',
      snippet: 'mapping ${1:container}[${2:0x100000}]',
      rank: 4,
    },
  ];
}

function requestProposals(file: FileKind | undefined): Proposal[] {
  return [...ioctls.values()].map((ioctl) => ({
    label: ioctl.name,
    kind: 'request',
    detail: `on a ${ioctl.file}`,
    documentation: ioctlGuides[ioctl.name]?.does ?? 'Not of x86.',
    rank: rankOf(ioctl, file),
  }));
}

/** Requests of the file at hand first, those of other architectures last. */
function rankOf(ioctl: Ioctl, file: FileKind | undefined): number {
  if (ioctlGuides[ioctl.name] === undefined) return 9;
  return file === undefined || ioctl.file === file ? 1 : 6;
}

/** What kind of file the word names, from the `let` that made it; undefined when that is not plain. */
function kindOfFile(tokens: readonly Token[], name: string | undefined): FileKind | undefined {
  const made = tokens.findLastIndex(
    ({ text }, at) => text === name && tokens[at - 1]?.text === 'let' && tokens[at + 1]?.text === '=',
  );
  if (name === undefined || made < 0) return undefined;
  const [call, , first] = tokens.slice(made + 2, made + 5);
  if (call?.text === 'open') return kindOfPath(first);
  return call?.text === 'ioctl' ? 'device' : undefined;
}

function kindOfPath(path: Token | undefined): FileKind | undefined {
  if (path?.text === '"/dev/vfio/vfio"') return 'container';
  const isGroup = path?.text === 'group_of' || path?.text.startsWith('"/dev/vfio/') === true;
  return isGroup ? 'group' : undefined;
}

function argumentProposals({ argument, name }: Ioctl): Proposal[] | undefined {
  if (argument.kind === 'struct')
    return [{ label: '{ … }', kind: 'structure', detail: `struct ${argument.struct}`, snippet: '{ $0 }', rank: 1 }];
  if (argument.kind === 'int pointer' && argument.file) {
    return [{ label: '&container', kind: 'variable', detail: 'a pointer to the descriptor', rank: 1 }];
  }
  if (name !== 'VFIO_SET_IOMMU' && name !== 'VFIO_CHECK_EXTENSION') return undefined;
  return [...constantValues.keys()]
    .filter(
      (constant) =>
        constant.startsWith('VFIO_') &&
        (constant.endsWith('_IOMMU') || constant === 'VFIO_EEH') &&
        !ioctls.has(constant),
    )
    .map((label) => ({ label, kind: 'constant', rank: label.startsWith('VFIO_TYPE1') ? 1 : 5 }));
}

/** Words, calls, what the file names, and constants once a capital letter is typed. */
function statementProposals(tokens: readonly Token[], { call }: Place, typed: Token | undefined): Proposal[] {
  // Words begin statements; within the parentheses of a call none can stand.
  const words = (call === undefined ? Object.entries(knownWords) : []).map(([label, { form, does }]): Proposal => ({
    label,
    kind: 'word',
    detail: form,
    documentation: does,
  }));
  const calls = [...signatures.values()].map((signature): Proposal => ({
    label: signature.name,
    kind: 'call',
    detail: usageOf(signature),
    documentation: signature.about,
  }));
  const first = typed?.text[0];
  const wantsConstants = call === 'open' || call === 'mmap' || (first !== undefined && first >= 'A' && first <= 'Z');
  const constants = wantsConstants
    ? [...constantValues.keys()]
        .filter((name) => !ioctls.has(name))
        .map((label): Proposal => ({ label, kind: 'constant', rank: 7 }))
    : [];
  return [...namedProposals(tokens, typed), ...words, ...calls, ...constants];
}

/** Variables, parameters of loops and functions that the text declares anywhere. */
function namedProposals(tokens: readonly Token[], typed: Token | undefined): Proposal[] {
  const found = new Map<string, Proposal>();
  for (const [at, { text }] of tokens.entries()) {
    const name = tokens[at + 1];
    if (name?.kind !== 'word' || name === typed) continue;
    if (text === 'let' || text === 'for') found.set(name.text, { label: name.text, kind: 'variable', rank: 2 });
    else if (text === 'function') found.set(name.text, { label: name.text, kind: 'call', rank: 2 });
  }
  return [...found.values()];
}
