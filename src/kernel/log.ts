import { entity, JournaledList, JournaledMap, type Journal } from '../history';

/** One line of the kernel log. */
export interface LogLine {
  /** Virtual milliseconds since boot. */
  readonly time: number;
  /** As `printk` levels: 3 error, 4 warning, 5 notice, 6 info. */
  readonly level: number;
  /** The line without time stamp, as `dmesg` shows it: `vfio-pci 0000:01:00.0: VF token required to access device`. */
  readonly text: string;
}

/** State of one `DEFINE_RATELIMIT_STATE`: 10 messages in 5 seconds, `lib/ratelimit.c`. */
class RateLimit extends entity({ begin: -1, printed: 0, missed: 0 }) {}

const rateLimitInterval = 5000;
const rateLimitBurst = 10;

/** The kernel log, `dmesg`. */
export class KernelLog extends entity({}) {
  readonly lines: JournaledList<LogLine>;
  private readonly limits: JournaledMap<string, RateLimit>;

  constructor(
    journal: Journal,
    private readonly clock: { readonly now: number },
  ) {
    super(journal);
    this.lines = new JournaledList(journal);
    this.limits = new JournaledMap(journal);
  }

  error(text: string): void {
    this.print(3, text);
  }

  warn(text: string): void {
    this.print(4, text);
  }

  notice(text: string): void {
    this.print(5, text);
  }

  info(text: string): void {
    this.print(6, text);
  }

  /**
   * `WARN_ON`: where it stands, and the functions that led there, innermost first. A real log has more around them.
   * @param place `FILE:LINE FUNCTION`
   */
  warning(place: string, trace: readonly string[]): void {
    this.warn(`WARNING: at ${place}`);
    this.warn(`Call Trace: ${trace.join(' < ')}`);
  }

  /** The texts of the lines from this index on. */
  textsFrom(start: number): string[] {
    const texts: string[] = [];
    for (let index = start; index < this.lines.length; index++) texts.push(this.lines.at(index)?.text ?? '');
    return texts;
  }

  print(level: number, text: string): void {
    this.lines.push({ time: this.clock.now, level, text });
  }

  /**
   * Prints unless this place in the kernel printed 10 lines in the last 5 seconds.
   * @param site the function that prints, with `/N` behind it when it does so at several places
   */
  limited(site: string, level: number, text: string): void {
    if (this.permits(site)) this.print(level, text);
  }

  /** `___ratelimit`: counts a line of this place; false when it had its 10 in the last 5 seconds. */
  permits(site: string): boolean {
    let limit = this.limits.get(site);
    if (limit === undefined) this.limits.set(site, (limit = new RateLimit(this.journal)));
    if (limit.begin < 0 || this.clock.now - limit.begin > rateLimitInterval) {
      if (limit.missed > 0) this.warn(`${functionOf(site)}: ${limit.missed} callbacks suppressed`);
      limit.missed = 0;
      limit.begin = this.clock.now;
      limit.printed = 0;
    }
    if (limit.printed >= rateLimitBurst) {
      limit.missed++;
      return false;
    }
    limit.printed++;
    return true;
  }
}

/** Places are named `function/number`, or the function alone. */
function functionOf(site: string): string {
  return site.split('/', 1)[0]!;
}
