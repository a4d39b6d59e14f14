/** Mediated devices: parents, types, the devices, their bus, and two sample drivers. */
export { MdevCore } from './core';
export { MdevDevice } from './mdev-device';
export { mdevModules } from './modules';
export { MdevParent, type MdevParentOps, type MdevType, type MdevTypeGroup, type ParentDevice } from './parent';
