/** The error numbers of x86-64 Linux (`include/uapi/asm-generic/errno*.h`) that the simulated kernel answers with. */
export const errnoNumbers = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  ETIMEDOUT: 110,
  ENOTSUPP: 524,
} as const;

/** Name of an error number, without the minus sign. */
export type Errno = keyof typeof errnoNumbers;

const names = new Map(Object.entries(errnoNumbers).map(([name, number]) => [number as number, name as Errno]));

/** `-22` or `22` to `EINVAL`; undefined for a number that is no known error. */
export function errnoName(number: number): Errno | undefined {
  return names.get(Math.abs(number));
}

export const {
  EPERM,
  ENOENT,
  ESRCH,
  EINTR,
  EIO,
  ENXIO,
  E2BIG,
  EBADF,
  EAGAIN,
  ENOMEM,
  EACCES,
  EFAULT,
  EBUSY,
  EEXIST,
  EXDEV,
  ENODEV,
  ENOTDIR,
  EISDIR,
  EINVAL,
  ENFILE,
  EMFILE,
  ENOTTY,
  EFBIG,
  ENOSPC,
  ESPIPE,
  EROFS,
  ERANGE,
  ENAMETOOLONG,
  ENOSYS,
  ELOOP,
  EOVERFLOW,
  EOPNOTSUPP,
  ETIMEDOUT,
  ENOTSUPP,
} = errnoNumbers;
