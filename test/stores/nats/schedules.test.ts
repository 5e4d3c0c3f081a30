import { defineProjection, RevisionConflictError, startProjection } from 'rx-projection'
import { type NatsStore, nats } from 'rx-projection/nats'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { SCHEDULES } from '../../support/schedules.ts'
import { newName, onServer, readAll } from './support/onServer.ts'
import { startTcpProxy } from './support/tcpProxy.ts'

const AT_ONCE = 10

interface Marked {
  readonly type: 'Marked'
  readonly payload: string
}

const marks = defineProjection<readonly string[], Marked>({
  name: 'marks',
  initialState: () => [],
  on: { Marked: (state, { payload }) => [...state, payload] },
})

/** Numbers from 0 up to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe.runIf(natsServerIsInstalled)('random schedules of appends, readers and cut connections', () => {
  const here = onServer()

  /** Runs one schedule; throws where something is lost, doubled, out of order or half there. */
  async function run(seed: number): Promise<void> {
    const random = seeded(seed)
    const below = (limit: number): number => Math.floor(random() * limit)
    const stream = newName()
    await using proxy = await startTcpProxy(here.port)
    await using direct: NatsStore<Marked> = nats<Marked>({ servers: here.url, stream })
    await using cut: NatsStore<Marked> = nats<Marked>({ servers: proxy.url, stream })
    await using reader: NatsStore<Marked> = nats<Marked>({ servers: proxy.url, stream })
    await using projection = startProjection(marks, {
      store: reader,
      snapshotEvery: 3,
      catchUpAfter: 200,
      pageSize: 1 + below(4),
      retry: { delay: 5, entropy: 5 },
    })
    const stored = new Map<string, { readonly marks: readonly string[]; readonly position: number }>()
    const refused: string[] = []
    const write = async (store: NatsStore<Marked>, writer: number): Promise<void> => {
      const revisions = new Map<string, number>()
      for (let round = 0; round < 4; round++) {
        const target = `s${below(2)}`
        const own = Array.from({ length: 1 + below(3) }, (_, index) => `${writer}/${round}/${index}`)
        const expectedRevision = below(3) === 0 ? (revisions.get(target) ?? 0) : undefined
        if (below(6) === 0) proxy.cut()
        try {
          const { position, revision } = await store.events.append(
            target,
            own.map((payload) => ({ type: 'Marked', payload })),
            expectedRevision === undefined ? {} : { expectedRevision },
          )
          revisions.set(target, revision)
          stored.set(own[0]!, { marks: own, position })
          if (expectedRevision !== undefined) expect(revision).toBe(expectedRevision + own.length)
        } catch (error) {
          if (!(error instanceof RevisionConflictError)) throw error
          revisions.set(target, error.actual)
          refused.push(...own)
        }
      }
    }
    await Promise.all([write(direct, 1), write(cut, 2), write(cut, 3)])
    const log = await readAll(direct, { limit: 1 + below(5) })
    const payloads = log.map(({ payload }) => payload as string)
    const expected = [...stored.values()].flatMap((append) => append.marks)
    expect(log.map(({ id }) => id)).toEqual(log.map((_, index) => index + 1))
    expect(payloads.toSorted()).toEqual(expected.toSorted())
    expect(refused.filter((mark) => payloads.includes(mark))).toEqual([])
    for (const name of ['s0', 's1']) {
      const own = log.filter((event) => event.stream === name)
      expect(own.map(({ revision }) => revision)).toEqual(own.map((_, index) => index + 1))
      for (const [place, { payload }] of own.entries()) {
        const append = stored.get(payload as string)
        if (append === undefined) continue
        const part = own.slice(place, place + append.marks.length)
        expect(part.map((event) => event.payload)).toEqual(append.marks)
        expect(part.at(-1)!.id).toBe(append.position)
      }
    }
    const { state } = await projection.snapshot({ atLeast: log.length, timeout: 10_000 })
    expect(state).toEqual(payloads)
  }

  test(`lose nothing and double nothing, in ${SCHEDULES} of them`, { timeout: 60_000 }, async () => {
    const first = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000))
    let next = first
    const worker = async (): Promise<void> => {
      while (next < first + SCHEDULES) {
        const seed = next++
        try {
          await run(seed)
        } catch (error) {
          throw new Error(`the schedule of SEED=${seed} fails: ${(error as Error).message}`, { cause: error })
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  })
})
