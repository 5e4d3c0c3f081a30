import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface Options {
  /** A short run that fails on gross regressions only. */
  readonly quick: boolean
  /** The rows to run; all where empty. */
  readonly only: readonly string[]
  /** Where to put the figures as JSON. */
  readonly json: string | undefined
}

/** @throws {TypeError} names an option or a row that does not exist. */
export function parseOptions(args: readonly string[], names: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean' }, only: { type: 'string', multiple: true }, json: { type: 'string' } },
  })
  const only = (values.only ?? []).flatMap((list) => list.split(','))
  for (const name of only) {
    if (!names.includes(name)) throw new TypeError(`no row is named ${name}; there are ${names.join(', ')}`)
  }
  return { quick: values.quick ?? false, only, json: values.json }
}
