/** What is known of a change in the history of drivers/vfio that a scenario can take back. */
export interface KernelChange {
  /** First 12 digits of the commit. */
  readonly hash: string;
  /** What it does, in one line. */
  readonly subject: string;
  /** What is different without it, as a program or an administrator sees it. */
  readonly without: string;
  /**
   * How it shows: `answers` (calls answer differently), `log` (only messages differ), `nothing` (no program can see it),
   * `elsewhere` (it shows only on hardware that is not simulated here).
   */
  readonly shows: 'answers' | 'log' | 'nothing' | 'elsewhere';
  /** Changes that go with it: taking back a series takes back its parts. */
  readonly parts?: readonly string[];
}

const table = {
  '5cbf3264bc71': {
    subject: 'type1 reads the frames of PFN maps from the page table',
    without:
      'the frame is computed from the offset in the file: maps whose offset is no frame number go astray, or fail',
    shows: 'answers',
  },
  '0ea971f8dcd6': {
    subject: 'pin_pages adds the distance in the mapping to vaddr instead of adding the IOVA first',
    without: 'the sum passes 2^64 on the way and comes back: the address is the same',
    shows: 'nothing',
  },
  '205323b8ceac': {
    subject: 'vfio_dma_rw checks that it copies from and to user memory',
    without: 'a mapping of a kernel address, which a container without IOMMU domain takes, lets kernel memory be read',
    shows: 'answers',
  },
  f44efca0493d: {
    subject: 'type1 goes on when the kernel has no MSI cookies',
    without: 'a group with a software MSI window cannot be attached on kernels built without IOMMU_DMA: ENODEV',
    shows: 'elsewhere',
  },
  '00bc5095547e': {
    subject: 'NVLink2 bridges fall back to the first ATSD register',
    without: 'a bridge without a register of its own has none: its region has size 0',
    shows: 'elsewhere',
  },
  '959e1b75cc87': {
    subject: 'messages of vfio-pci about a device no longer name the module as well',
    without: 'its messages begin with "vfio-pci 0000:01:00.0: vfio_pci: "',
    shows: 'log',
  },
  b66574a3fb32: {
    subject: "the ways out of vfio-pci's probe are put in one place",
    without: 'each error undoes the same, in the same order, in lines of its own',
    shows: 'nothing',
  },
  '137e5531351d': {
    subject: 'vfio-pci can enable VFs of the PFs that it holds',
    without: 'sriov_numvfs answers ENOENT, whatever enable_sriov says',
    shows: 'answers',
  },
  '43eeeecc8ed5': {
    subject: 'VFIO_DEVICE_FEATURE, and the VF token as its first use',
    without: 'the request is unknown: ENOTTY',
    shows: 'answers',
  },
  '48219795e7db': {
    subject: 'the series for SR-IOV with VF tokens, and the one for vfio_dma_rw, come together',
    without: 'no VF tokens, no VFs of vfio-pci, no VFIO_DEVICE_FEATURE, and no vfio_dma_rw',
    shows: 'answers',
    parts: ['43eeeecc8ed5', '137e5531351d', '959e1b75cc87', 'b66574a3fb32'],
  },
} as const satisfies Readonly<Record<string, Omit<KernelChange, 'hash'>>>;

/** Commits whose effect the simulated kernel can leave out. */
export type ChangeHash = keyof typeof table;

/** All changes that can be taken back, by hash. */
export const kernelChanges: ReadonlyMap<string, KernelChange> = new Map(
  Object.entries(table).map(([hash, change]) => [hash, { hash, ...change }]),
);

/** Digits of a commit below which it could be any. */
const leastDigits = 7;

/** The change that a commit hash means: 7 digits or more of it, up to all 40. */
export function changeNamed(hash: string): KernelChange | undefined {
  if (hash.length < leastDigits) return undefined;
  const wanted = hash.toLowerCase();
  for (const change of kernelChanges.values()) {
    if (change.hash.startsWith(wanted) || wanted.startsWith(change.hash)) return change;
  }
  return undefined;
}

/** What a kernel lacks: the changes named, and the parts of those that are series. Unknown names mean nothing. */
export function takenBack(without: readonly string[]): ReadonlySet<string> {
  const gone = new Set<string>();
  for (const name of without) {
    const change = changeNamed(name);
    if (change === undefined) continue;
    gone.add(change.hash);
    for (const part of change.parts ?? []) gone.add(part);
  }
  return gone;
}
