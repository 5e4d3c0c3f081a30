/** Gives a process a time of day that `stepClock` sets, as an operator or a time server does. Loaded before all else. */
const RealDate = globalThis.Date
let ahead = 0

globalThis.Date = class extends RealDate {
  constructor(...args: readonly unknown[]) {
    super(...((args.length === 0 ? [RealDate.now() + ahead] : args) as [number]))
  }

  static override now(): number {
    return RealDate.now() + ahead
  }
} as DateConstructor

Object.assign(globalThis, {
  stepClock(by: number): void {
    ahead += by
  },
})
