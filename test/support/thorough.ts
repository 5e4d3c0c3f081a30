/**
 * Whether each fault is tried in all of its cases: `THOROUGH=true` of the environment. CI does that; `npm test` tries every fault,
 * but in a few of its cases, since each case starts processes and servers.
 */
export const THOROUGH: boolean = process.env.THOROUGH === 'true'

/** All cases of a fault where the tests are thorough; else those few that stand for them. */
export function casesOf<T>(all: readonly T[], few: readonly T[]): readonly T[] {
  return THOROUGH ? all : few
}
