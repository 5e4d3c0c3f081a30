import { fileURLToPath } from 'node:url'
import type { Scale } from './job.ts'
import { Launched } from './Launched.ts'
import { judge, type Outcome } from './outcome.ts'
import { contendersOf, type Plan, type Row } from './row.ts'

/** Runs all variants of a row in turns, A B A B …, each in its own process, several times over. */
export async function measure(row: Row, plan: Plan, place: Pick<Scale, 'folder' | 'url'>): Promise<Outcome> {
  const { scale, launches, warmUps, rounds } = plan
  const contenders = contendersOf(row)
  const values: number[][] = contenders.map(() => [])
  const results: string[] = []
  for (let launch = 0; launch < launches; launch++) {
    const launched: Launched[] = []
    try {
      for (const { variant, scale: own } of contenders) {
        const file = fileURLToPath(new URL(`../${variant}`, import.meta.url))
        launched.push(await Launched.start(file, { ...scale, ...own, ...place }, warmUps))
      }
      for (let round = 0; round < rounds; round++) {
        for (let index = 0; index < launched.length; index++) {
          const { value, result } = await launched[index]!.run()
          values[index]!.push(value)
          results[index] = result
        }
      }
    } finally {
      for (const one of launched) await one.end()
    }
  }
  return judge(
    row,
    contenders.map((contender, index) => ({ contender, values: values[index]!, result: results[index]! })),
  )
}
