import { writeSync } from 'node:fs'
import { sqlite } from 'rx-projection/sqlite'

/** A process of its own that writes to a store: `node writer.ts COMMAND PATH [STREAM COUNT]`. */
const [command, path, stream, count] = process.argv.slice(2) as [string, string, string?, string?]

const commands: Readonly<Record<string, () => Promise<void>>> = {
  /** Appends so many times two events, once it is told to. */
  async append() {
    say('ready')
    await told()
    await using store = sqlite(path)
    for (let number = 0; number < Number(count); number++) {
      await store.events.append(stream!, [
        { type: 'First', payload: number },
        { type: 'Second', payload: number },
      ])
    }
  },

  /** Begins a transaction, writes all that there is to write in it, and stays there. */
  async hang() {
    await using store = sqlite(path)
    store.transactions.run(({ context, positions }) => {
      context.db.exec("INSERT INTO sent VALUES ('in mid-transaction')")
      void store.events.append('a', [{ type: 'Lost', payload: null }])
      store.snapshots.save('a', 1, { offset: 9, state: 'lost' })
      positions.save('a', 9)
      say('within the transaction')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })
  },

  /** Appends until it is ended. */
  async forever() {
    await using store = sqlite(path, { synchronous: 'normal' })
    for (let number = 0; ; number++) {
      await store.events.append('a', [
        { type: 'First', payload: number },
        { type: 'Second', payload: number },
      ])
      if (number === 200) say('under way')
    }
  },
}

await commands[command]!()

/** Written at once, also when nothing else of this process will ever run. */
function say(word: string): void {
  writeSync(1, `${word}\n`)
}

function told(): Promise<unknown> {
  return new Promise((resolve) => process.stdin.once('data', resolve).once('end', resolve))
}
