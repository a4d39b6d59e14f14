/** A linear scale from numbers to pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Pixel of a number; clamped to the ends of the band. */
  at(value: number): number;
  /** Number at a pixel. */
  invert(pixel: number): number;
}

/** `from`…`to` over the pixels `left`…`right`. An empty interval is drawn as one unit. */
export function linearScale(from: number, to: number, left: number, right: number): Scale {
  const span = Math.max(to - from, 1);
  return {
    from,
    to: from + span,
    at: (value) => left + (Math.min(Math.max(value - from, 0), span) / span) * (right - left),
    invert: (pixel) => from + ((pixel - left) / (right - left)) * span,
  };
}

/** Round powers of two inside of an interval: at most `most` ticks, at multiples of one step. */
export function binaryTicks(from: number, to: number, most: number): number[] {
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(to - from, 1) / most)));
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}

/** Round decimal numbers inside of an interval: at most `most` ticks. */
export function decimalTicks(from: number, to: number, most: number): number[] {
  const rough = Math.max((to - from) / most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}
