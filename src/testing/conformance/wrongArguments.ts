import type { Lease, LeaseStore, OpenStore } from '../../../operators/ports/index.ts'
import { fails, holds } from './expect.ts'
import type { Checks } from './StoreOpener.ts'

/** The name that the error must contain, and the invalid call. */
type Rows<Facet> = readonly (readonly [named: string, call: (facet: Facet, held: Lease) => unknown])[]

/** Calls that no type checker would accept; a program without types can make them. */
type Loose<Facet> = { readonly [Method in keyof Facet]: (...wrong: readonly unknown[]) => unknown }

const good = [{ type: 'Good', payload: 1 }]
const snapshot = { offset: 1, state: 1 }

const ofLog: Rows<Loose<OpenStore['events']>> = [
  ['options', (log) => log.append('a', good, null)],
  ['options', (log) => log.append('a', good, 3)],
  ['expectedRevision', (log) => log.append('a', good, { expectedRevision: '1' })],
  ['options', (log) => log.read()],
  ['options', (log) => log.read(null)],
  ['after', (log) => log.read({})],
  ['limit', (log) => log.read({ after: 0 })],
  ['streams', (log) => log.read({ after: 0, limit: 1, streams: 'a' })],
  ['streams[0]', (log) => log.read({ after: 0, limit: 1, streams: [7] })],
  ['signal', (log) => log.read({ after: 0, limit: 1, signal: true })],
  ['signal', (log) => log.read({ after: 0, limit: 1, signal: null })],
  ['onHole', (log) => log.read({ after: 0, limit: 1, onHole: true })],
]

const ofSnapshots: Rows<Loose<OpenStore['snapshots']>> = [
  ['name', (snapshots) => snapshots.load()],
  ['version', (snapshots) => snapshots.load('a')],
  ['options', (snapshots) => snapshots.load('a', 1, null)],
  ['onUndecodable', (snapshots) => snapshots.load('a', 1, { onUndecodable: true })],
  ['name', (snapshots) => snapshots.save()],
  ['version', (snapshots) => snapshots.save('a')],
  ['snapshot', (snapshots) => snapshots.save('a', 1)],
  ['snapshot', (snapshots) => snapshots.save('a', 1, null)],
  ['snapshot.offset', (snapshots) => snapshots.save('a', 1, { state: 1 })],
  ['snapshot.mark', (snapshots) => snapshots.save('a', 1, { ...snapshot, mark: 5 })],
  ['options', (snapshots) => snapshots.save('a', 1, snapshot, null)],
  ['lease', (snapshots) => snapshots.save('a', 1, snapshot, { lease: true })],
  ['lease.name', (snapshots) => snapshots.save('a', 1, snapshot, { lease: {} })],
  ['version', (snapshots) => snapshots.delete('a')],
]

const ofPositions: Rows<Loose<OpenStore['positions']>> = [
  ['name', (positions) => positions.load()],
  ['name', (positions) => positions.save()],
  ['position', (positions) => positions.save('a')],
  ['position', (positions) => positions.save('a', '1')],
  ['options', (positions) => positions.save('a', 1, 0)],
  ['expected', (positions) => positions.save('a', 1, { expected: null })],
  ['lease', (positions) => positions.save('a', 1, { lease: null })],
  ['lease.epoch', (positions) => positions.save('a', 1, { lease: { name: 'l' } })],
  ['mark', (positions) => positions.save('a', 1, { mark: true })],
  ['mark.position', (positions) => positions.save('a', 1, { mark: {} })],
]

const ofLeases: Rows<Loose<LeaseStore>> = [
  ['name', (leases) => leases.acquire()],
  ['options', (leases) => leases.acquire('b')],
  ['options', (leases) => leases.acquire('b', 'me')],
  ['options', (leases) => leases.acquire('b', null)],
  ['owner', (leases) => leases.acquire('b', { ttl: 1_000 })],
  ['ttl', (leases) => leases.acquire('b', { owner: 'me' })],
  ['ttl', (leases) => leases.acquire('b', { owner: 'me', ttl: '1 s' })],
  ['lease', (leases) => leases.renew()],
  ['lease', (leases) => leases.renew(null, { ttl: 1_000 })],
  ['lease', (leases) => leases.renew('a', { ttl: 1_000 })],
  ['lease.name', (leases) => leases.renew({}, { ttl: 1_000 })],
  ['lease.epoch', (leases, held) => leases.renew({ ...held, epoch: '1' }, { ttl: 1_000 })],
  ['options', (leases, held) => leases.renew(held)],
  ['options', (leases, held) => leases.renew(held, null)],
  ['options', (leases, held) => leases.renew(held, 1_000)],
  ['ttl', (leases, held) => leases.renew(held, {})],
  ['lease', (leases) => leases.release()],
  ['lease', (leases) => leases.release(null)],
  ['lease', (leases) => leases.release('a')],
  ['lease.name', (leases) => leases.release({})],
  ['lease.epoch', (leases, held) => leases.release({ name: held.name })],
]

const ofTransactions: Rows<Loose<NonNullable<OpenStore['transactions']>>> = [
  ['work', (transactions) => transactions.run()],
  ['work', (transactions) => transactions.run({})],
]

export const wrongArguments: Checks = {
  'a wrong argument of the log is a TypeError or a RangeError that names it': ({ events }) => refuse(ofLog, events),

  'a wrong argument of snapshots is a TypeError or a RangeError that names it': ({ snapshots }) =>
    refuse(ofSnapshots, snapshots),

  'a wrong argument of positions is a TypeError or a RangeError that names it': ({ positions }) =>
    refuse(ofPositions, positions),

  'a wrong argument of leases, where there are any, is a TypeError or a RangeError that names it': async (store) => {
    const { leases } = store
    if (leases === undefined) return
    const held = (await leases.acquire('a', { owner: 'me', ttl: 60_000 }))!
    await refuse(ofLeases, leases, held)
  },

  'work of a transaction, where there are any, that is no function is a TypeError that names it': async (store) => {
    if (store.transactions !== undefined) await refuse(ofTransactions, store.transactions)
  },
}

async function refuse<Facet>(rows: Rows<Facet>, facet: unknown, held?: Lease): Promise<void> {
  for (const [named, call] of rows) {
    const { message } = await fails(`a call with a wrong ${named}`, [TypeError, RangeError], () =>
      call(facet as Facet, held!),
    )
    holds(message.startsWith(`${named} must be `), `the error of a wrong ${named} must name it, not say "${message}"`)
  }
}
