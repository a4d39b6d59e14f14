import type { Process } from '../../kernel';
import { memoryReference } from '../memory';
import { field, fields, hex, leaf, list, sizeText, type Children, type Item } from './item';

/** What a process has, as `/proc/PID` would tell it. */
export function processChildren(process: Process): Children {
  return fields(() => [
    leaf('pid', process.pid),
    field(process.name, process, 'uid'),
    field(process.name, process, 'memlock', (bytes) => sizeText(bytes)),
    leaf('state', stateOf(process)),
    files(process),
    areas(process),
    {
      ...field(process.name, process.mm, 'lockedPages', (pages) => sizeText(BigInt(pages) * 4096n)),
      name: 'locked memory',
      value: `${sizeText(BigInt(process.mm.lockedPages) * 4096n)} of ${limitText(process)}`,
    },
    {
      name: 'capabilities',
      value: [...process.capabilities].join(', ') || 'none',
      type: 'capabilities(7)',
    },
  ]);
}

function stateOf(process: Process): string {
  if (!process.alive) return 'dead';
  return process.blocked === null ? 'running' : `waits ${process.blocked.reason}`;
}

/** `RLIMIT_MEMLOCK`; CAP_IPC_LOCK lifts it. */
function limitText(process: Process): string {
  if (process.capable('ipc_lock')) return `${sizeText(process.memlock)} (not enforced: CAP_IPC_LOCK)`;
  return sizeText(process.memlock);
}

function files(process: Process): Item {
  const open = process.files;
  return {
    name: 'files',
    value: `${open.size} open`,
    children: list(
      open.size,
      () => open,
      ([fd, file]) => ({
        ...leaf(String(fd), file.name, 'file'),
        place: {
          label: `${process.name}: descriptor ${fd}`,
          owner: process.files,
          key: fd,
          read: () => process.files.get(fd)?.name ?? 'closed',
        },
      }),
    ),
  };
}

function areas(process: Process): Item {
  const { areas: all } = process.mm;
  return {
    name: 'memory areas',
    value: String(all.length),
    children: list(
      all.length,
      () => all,
      (area) => ({
        name: `${hex(area.start)}-${hex(area.end)}`,
        value: `${area.read ? 'r' : '-'}${area.write ? 'w' : '-'} ${sizeText(area.end - area.start)} ${kindOf(area.origin)}`,
        type: 'vm_area_struct',
        memory: memoryReference({ space: 'user', name: process.name }, area.start),
      }),
    ),
  };
}

function kindOf(origin: { readonly kind: string; readonly file: { readonly name: string } | null }): string {
  return origin.file === null ? origin.kind : origin.file.name;
}
