import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constantValues,
  decodeStruct,
  encodeStruct,
  ioctlByNumber,
  ioctls,
  nameFieldValue,
  namesOfField,
  structs,
  VFIO_IOMMU_MAP_DMA,
  type StructName,
} from '../../../src/kernel/uapi';

describe('the layout of structures', () => {
  it('is the C compiler’s', () => {
    const { vfio_iommu_type1_dma_map: map, vfio_iommu_type1_info: info, vfio_eeh_pe_op: eeh } = structs;
    expect(map.offsets).toEqual({ argsz: 0, flags: 4, vaddr: 8, iova: 16, size: 24 });
    expect([map.size, info.size, eeh.size, eeh.offsets.err]).toEqual([32, 24, 40, 16]);
    expect(structs.vfio_device_gfx_plane_info.offsets).toMatchObject({
      region_index: 56,
      dmabuf_id: 56,
    });
    expect([structs.vfio_irq_set.size, structs.vfio_irq_set.offsets.data]).toEqual([20, 20]);
  });

  it('carries values there and back', () => {
    for (const name of Object.keys(structs) as StructName[]) {
      const { size } = structs[name];
      fc.assert(
        fc.property(fc.uint8Array({ minLength: size, maxLength: size + 32 }), (bytes) => {
          const values = decodeStruct(name, new DataView(bytes.buffer));
          const again = decodeStruct(name, new DataView(encodeStruct(name, values).buffer));
          expect(again).toEqual(values);
        }),
        { numRuns: 20 },
      );
    }
  });

  it('refuses what a structure does not have', () => {
    expect(() => encodeStruct('vfio_group_status', { flag: 1 })).toThrow('struct vfio_group_status has no field flag');
    expect(() => encodeStruct('vfio_group_status', { flags: [] })).toThrow('flags takes a number');
    expect(() => decodeStruct('vfio_group_status', new DataView(new ArrayBuffer(4)))).toThrow(RangeError);
  });

  it('cuts numbers to their field', () => {
    expect(
      decodeStruct('vfio_group_status', new DataView(encodeStruct('vfio_group_status', { flags: -1 }).buffer)),
    ).toEqual({
      argsz: 0,
      flags: 0xffffffff,
    });
  });
});

describe('names', () => {
  it('tells ioctls of one number apart by the kind of file', () => {
    expect(ioctlByNumber(VFIO_IOMMU_MAP_DMA, 'container')?.name).toBe('VFIO_IOMMU_MAP_DMA');
    expect(ioctlByNumber(VFIO_IOMMU_MAP_DMA, 'device')?.name).toBe('VFIO_DEVICE_PCI_HOT_RESET');
    expect(ioctlByNumber(1)).toBeUndefined();
    expect(ioctls.size).toBe(29);
  });

  it('has short names for flags and indexes', () => {
    expect(namesOfField('vfio_iommu_type1_dma_map', 'flags')?.values).toEqual({
      READ: 1,
      WRITE: 2,
    });
    expect(nameFieldValue('vfio_iommu_type1_dma_map', 'flags', 3)).toBe('READ | WRITE');
    expect(nameFieldValue('vfio_iommu_type1_dma_map', 'flags', 0x13)).toBe('READ | WRITE | 0x10');
    expect(nameFieldValue('vfio_irq_set', 'index', 2)).toBe('MSIX');
    expect(nameFieldValue('vfio_region_info', 'index', 7)).toBe('CONFIG');
    expect(nameFieldValue('vfio_irq_set', 'index', 9)).toBeUndefined();
    expect(Object.keys(namesOfField('vfio_device_feature', 'flags')?.values ?? {})).toEqual([
      'PCI_VF_TOKEN',
      'GET',
      'SET',
      'PROBE',
    ]);
  });

  it('has every number by its name', () => {
    expect(constantValues.get('VFIO_TYPE1v2_IOMMU')).toBe(3);
    expect(constantValues.get('VFIO_IOMMU_MAP_DMA')).toBe(0x3b71);
    expect(constantValues.get('O_RDWR')).toBe(2);
  });
});
