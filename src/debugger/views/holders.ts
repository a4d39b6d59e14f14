import { ContainerFile, GroupFile, VfioDeviceFile, type Kernel, type Process, type VfioContainer } from '../../kernel';

/** Which processes hold which files of vfio: one walk over all descriptors. */
export class Holders {
  private readonly byObject = new Map<object, Set<string>>();
  private readonly containers = new Map<VfioContainer, { process: Process; fd: number }>();

  constructor(kernel: Kernel) {
    for (const process of kernel.processes.values()) {
      for (const [fd, file] of process.files) {
        if (file instanceof ContainerFile) {
          this.add(file.container, process);
          if (!this.containers.has(file.container)) this.containers.set(file.container, { process, fd });
        } else if (file instanceof GroupFile) this.add(file.group, process);
        else if (file instanceof VfioDeviceFile) this.add(file.vfioDevice.device, process);
      }
    }
  }

  /** Names of the processes that hold a container, a vfio group or a device. */
  of(thing: object | undefined): string[] {
    return thing === undefined ? [] : [...(this.byObject.get(thing) ?? [])];
  }

  /** `qemu: container`; with its descriptor when the process has several. */
  containerName(container: VfioContainer): string {
    const held = this.containers.get(container);
    if (held === undefined) return `${container.opener.name}: container (closed)`;
    const { process, fd } = held;
    const own = [...this.containers.values()].filter((other) => other.process === process);
    return own.length > 1 ? `${process.name}: container (fd ${fd})` : `${process.name}: container`;
  }

  private add(thing: object, process: Process): void {
    let names = this.byObject.get(thing);
    if (names === undefined) this.byObject.set(thing, (names = new Set()));
    names.add(process.name);
  }
}
