/** Constants of the calls around VFIO (x86-64): `open`, `mmap`. */

// Flags of open (`asm-generic/fcntl.h`)
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
/** The bits of the flags that say reading, writing or both. */
export const O_ACCMODE = 3;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;

// Protections of mmap and mprotect (`asm-generic/mman-common.h`)
export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

// Flags of mmap
export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_ANONYMOUS = 0x20;
export const MAP_HUGETLB = 0x40000;
