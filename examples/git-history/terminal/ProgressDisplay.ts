import { SingleBar } from 'cli-progress'
import type { Output, Style } from './Style.ts'
import { counted, duration, grouped } from './text.ts'

/** How often a line reports the progress if there is no terminal for a bar, in ms. */
const LINE_EVERY = 2_000
/** With this much work, the first line comes immediately. */
const LONG = 1_000

/** The counted unit: `commit`, `event`. */
export type Unit = string

/** Shows the progress of a long task: as a bar with rate and remaining time, or as occasional lines. */
export class ProgressDisplay {
  private readonly output: Output
  private readonly style: Style
  private readonly now: () => number
  private bar: SingleBar | undefined
  private label = ''
  private unit: Unit = ''
  private total = 0
  private value = 0
  private first = 0
  private began = 0
  private lineDue = 0

  constructor(output: Output, style: Style, now: () => number = () => performance.now()) {
    this.output = output
    this.style = style
    this.now = now
  }

  start(label: string, total: number, unit: Unit, value = 0): void {
    this.stop()
    this.label = label
    this.unit = unit
    this.total = total
    this.value = this.first = value
    this.began = this.now()
    this.lineDue = total >= LONG ? this.began : this.began + LINE_EVERY
    if (this.output.isTTY !== true) return
    const { unicode, width } = this.style
    this.bar = new SingleBar({
      stream: this.output as NodeJS.WritableStream,
      barsize: Math.max(8, Math.min(30, width - 68)),
      barCompleteChar: unicode ? '█' : '#',
      barIncompleteChar: unicode ? '░' : '.',
      format: `${label.padEnd(10)} {bar} {percentage}%  {done}`,
      hideCursor: true,
      // The example handles interruption itself.
      gracefulExit: false,
      fps: 10,
    })
    this.bar.start(total, value, { done: this.status() })
  }

  update(value: number): void {
    this.value = value
    this.bar?.update(value, { done: this.status() })
    if (this.bar === undefined && this.label !== '' && this.now() >= this.lineDue) {
      this.lineDue = this.now() + LINE_EVERY
      this.output.write(`${this.label}: ${this.status()}\n`)
    }
  }

  /** Ends the display where it is. */
  stop(): void {
    this.bar?.stop()
    this.bar = undefined
    this.label = ''
  }

  private status(): string {
    const elapsed = this.now() - this.began
    const rate = elapsed > 0 ? ((this.value - this.first) / elapsed) * 1_000 : 0
    const left =
      this.value >= this.total || rate === 0 ? '' : `, ${duration(((this.total - this.value) / rate) * 1_000)} left`
    const speed = rate < 1 ? '' : `, ${grouped(rate)}/s`
    return `${grouped(this.value)} of ${counted(this.total, this.unit)}${speed}${left}`
  }
}
