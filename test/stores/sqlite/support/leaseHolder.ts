import { createInterface } from 'node:readline'
import type { Lease } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import './steppingClock.ts'

/** Holds a lease in a process of its own, as it is told line by line: `node leaseHolder.ts PATH OWNER`. */
const [path, owner] = process.argv.slice(2) as [string, string]
const { stepClock } = globalThis as unknown as { stepClock: (by: number) => void }
const store = sqlite(path)
let lease: Lease | undefined

const commands: Readonly<Record<string, (argument: string) => string>> = {
  acquire(ttl) {
    lease = store.leases.acquire('l', { owner, ttl: Number(ttl) }) as Lease | undefined
    return lease === undefined ? 'held' : `epoch ${lease.epoch}`
  },
  renew(ttl) {
    store.leases.renew(lease!, { ttl: Number(ttl) })
    return 'renewed'
  },
  release() {
    store.leases.release(lease!)
    return 'released'
  },
  step(by) {
    stepClock(Number(by))
    return 'stepped'
  },
}

for await (const line of createInterface(process.stdin)) {
  const [command, argument] = line.split(' ') as [string, string]
  try {
    process.stdout.write(`${commands[command]!(argument)}\n`)
  } catch (error) {
    process.stdout.write(`${error}\n`)
  }
}
await store[Symbol.asyncDispose]()
