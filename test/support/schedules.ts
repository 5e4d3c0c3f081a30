import { THOROUGH } from './thorough.ts'

/**
 * How many random schedules of faults a test runs: `SCHEDULES` of the environment. CI runs many; `npm test` runs a few, since each
 * starts processes and servers.
 */
export const SCHEDULES: number = Number(process.env.SCHEDULES ?? (THOROUGH ? 120 : 12))
