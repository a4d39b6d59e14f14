/** What a walk along the text knows of an open file. */
export interface KnownFile {
  readonly kind: 'container' | 'group' | 'device' | 'other';
  /** Something was done to it that the walk does not follow: nothing more is said about it. */
  unsure: boolean;
  closed: boolean;
  /** Of a group: asked whether it is viable. */
  checked: boolean;
  /** Of a group: the container that it is in; of a device: that of its group. */
  container: KnownFile | undefined;
  /** Of a container. */
  readonly groups: Set<KnownFile>;
  /** Of a container: VFIO_SET_IOMMU was done. */
  model: boolean;
  /** Of a container: what is mapped, as far as it was written as numbers. */
  mappings: { readonly iova: bigint; readonly size: bigint }[];
  /** Of a container: something was mapped. */
  mapped: boolean;
  /** Of a device: its address, `0000:01:00.0`. */
  readonly address: string | undefined;
  /** Of a device: a region was written with `pwrite`, as one does to switch bus mastering on. */
  written: boolean;
}

export function openedFile(kind: KnownFile['kind'], address?: string): KnownFile {
  return {
    kind,
    unsure: false,
    closed: false,
    checked: false,
    container: undefined,
    groups: new Set(),
    model: false,
    mappings: [],
    mapped: false,
    address,
    written: false,
  };
}
