/** Gives a process a time of day that `setClock` changes, as an operator or a time server does. Loaded before all else. */
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

Object.assign(globalThis, { setClock: (by: number): unknown => (ahead += by) })
