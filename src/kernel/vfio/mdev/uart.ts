import { entity, type Journal } from '../../../history';

/** Bytes of the loop-back buffer. */
const fifoSize = 16;

const emptyFifo: readonly number[] = new Array<number>(fifoSize).fill(0);

/** Registers of a 16550 by their offset, and its bits (`include/uapi/linux/serial_reg.h`). */
const register = { data: 0, ier: 1, iirFcr: 2, lcr: 3, mcr: 4, lsr: 5, msr: 6, scr: 7 } as const;
const ier = { received: 1, empty: 2, line: 4, modem: 8 } as const;
const iir = { none: 1, modem: 0, empty: 2, received: 4, line: 6, fifo: 0xc0 } as const;
const fcr = { enable: 1, clearReceiver: 2, clearTransmitter: 4 } as const;
const mcr = { dtr: 1, rts: 2, out2: 8, flowControl: 0x20 } as const;
const lsr = { ready: 1, overrun: 2, holdingEmpty: 0x20, empty: 0x40 } as const;
const msr = { ctsChanged: 1, dsrChanged: 2, cts: 0x10, dsr: 0x20, carrier: 0x80 } as const;
const divisorLatch = 0x80;

/**
 * A serial port of mtty (`struct serial_port`): what is sent comes back. Writing and reading tell how often the port
 * asks for an interrupt.
 */
export class Uart extends entity({
  ier: 0,
  lcr: 0,
  mcr: 0,
  scr: 0,
  /** The first two registers are the divisor (`dlab`). */
  dlab: false,
  divisor: 0,
  overrun: false,
  /** Bytes that the buffer takes: 16, or 1 without FIFO. */
  room: fifoSize,
  /** Bytes at which an interrupt comes: none before the FIFO control register is written. */
  triggerLevel: 0,
  fifo: emptyFifo,
  head: 0,
  tail: 0,
  count: 0,
}) {
  constructor(journal: Journal) {
    super(journal);
  }

  /** A byte to a register; answers the number of interrupts. */
  write(offset: number, value: number): number {
    switch (offset) {
      case register.data:
        return this.send(value);
      case register.ier:
        if (this.dlab) {
          this.divisor |= value << 8;
          return 0;
        }
        this.ier = value;
        return (value & ier.empty) !== 0 && this.empty ? 1 : 0;
      case register.iirFcr:
        this.control(value);
        return 0;
      case register.lcr:
        this.dlab = (value & divisorLatch) !== 0;
        if (this.dlab) this.divisor = 0;
        this.lcr = value;
        return 0;
      case register.mcr:
        this.mcr = value;
        if ((this.ier & ier.modem) === 0) return 0;
        return ((value & mcr.out2) !== 0 ? 1 : 0) + ((value & (mcr.rts | mcr.dtr)) !== 0 ? 1 : 0);
      case register.scr:
        this.scr = value;
        return 0;
      default:
        return 0;
    }
  }

  /** A register's byte, and the number of interrupts. */
  read(offset: number): { readonly value: number; readonly interrupts: number } {
    if (offset === register.data && !this.dlab) return this.receive();
    return { value: this.look(offset), interrupts: 0 };
  }

  private look(offset: number): number {
    switch (offset) {
      case register.data:
        return this.divisor & 0xff;
      case register.ier:
        return this.dlab ? (this.divisor >> 8) & 0xff : this.ier & 0x0f;
      case register.iirFcr:
        return this.pending();
      case register.lcr:
        return this.lcr;
      case register.mcr:
        return this.mcr;
      case register.lsr:
        return (this.empty ? lsr.empty | lsr.holdingEmpty : lsr.ready) | (this.overrun ? lsr.overrun : 0);
      case register.msr:
        return msr.dsr | msr.dsrChanged | msr.carrier | (this.clearToSend ? msr.cts | msr.ctsChanged : 0);
      case register.scr:
        return this.scr;
      default:
        return 0;
    }
  }

  /** The driver compares the ends of the buffer: a full one looks empty. */
  private get empty(): boolean {
    return this.head === this.tail;
  }

  private get clearToSend(): boolean {
    return (this.mcr & mcr.flowControl) === 0 || this.count < this.room;
  }

  private send(value: number): number {
    if (this.dlab) {
      this.divisor |= value;
      return 0;
    }
    if (this.count >= this.room) {
      this.overrun = true;
      return (this.ier & ier.line) !== 0 ? 1 : 0;
    }
    this.fifo = this.fifo.with(this.head, value);
    this.head = (this.head + 1) % fifoSize;
    this.count++;
    this.overrun = false;
    return (this.ier & ier.received) !== 0 && this.count === this.triggerLevel ? 1 : 0;
  }

  private receive(): { readonly value: number; readonly interrupts: number } {
    let value = 0;
    if (!this.empty) {
      value = this.fifo[this.tail]!;
      this.tail = (this.tail + 1) % fifoSize;
      this.count--;
    }
    return { value, interrupts: this.empty && (this.ier & ier.empty) !== 0 ? 1 : 0 };
  }

  private control(value: number): void {
    if ((value & (fcr.clearReceiver | fcr.clearTransmitter)) !== 0) {
      this.count = 0;
      this.head = 0;
      this.tail = 0;
    }
    // The driver reads the level and then puts it to 1.
    this.triggerLevel = 1;
    this.room = (value & fcr.enable) !== 0 ? fifoSize : 1;
  }

  /** Interrupt identification: what is pending, all at once. */
  private pending(): number {
    let value = 0;
    if ((this.ier & ier.line) !== 0 && this.overrun) value |= iir.line;
    if ((this.ier & ier.received) !== 0 && this.count >= this.triggerLevel) value |= iir.received;
    if ((this.ier & ier.empty) !== 0 && this.empty) value |= iir.empty;
    if ((this.ier & ier.modem) !== 0 && (this.mcr & (mcr.rts | mcr.dtr)) !== 0) value |= iir.modem;
    return (value === 0 ? iir.none : value) | iir.fifo;
  }
}
