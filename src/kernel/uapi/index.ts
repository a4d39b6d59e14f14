/** The one table of VFIO's ABI in Linux 5.7: ioctls, structures, constants, and how bytes become values and back. */
export * from './constants';
export * from './ioctls';
export * from './limits';
export * from './system';
export { decodeStruct, encodeStruct } from './codec';
export { nameFieldValue, namesOfField, type FieldNames } from './flags';
export { type Field, type FieldType, type FieldValue, type Layout, type Scalar, type StructValue } from './layout';
export { constantValues } from './names';
export { structNamed, structs, type StructName } from './structs';
