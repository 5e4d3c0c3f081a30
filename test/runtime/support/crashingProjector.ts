/**
 * A process with a projector on a SQLite file that kills itself, as SIGKILL does, at an event.
 *
 *     node crashingProjector.ts FILE TRANSACTION PAGE_SIZE EVENT WHEN
 *
 * It says each position, and `caught up` when nothing killed it.
 */
import { startProjector } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { seen } from './seen.ts'

const [path, transaction, pageSize, event, when] = process.argv.slice(2) as [
  string,
  'event' | 'page',
  string,
  string,
  string,
]

const moments = { before: 'before it is written', after: 'after it is written, before it is committed' }

function dieAt(id: number, moment: string): void {
  if (id === Number(event) && moment === when) process.kill(process.pid, 'SIGKILL')
}

await using store = sqlite(path, { synchronous: 'normal' })
const projector = seen(transaction, (id, moment) => dieAt(id, moments[moment]))
await using handle = startProjector(projector, { store, pageSize: Number(pageSize) })
handle.position$.subscribe((position) => {
  process.stdout.write(`${position}\n`)
  dieAt(position, 'after it is committed')
})
await handle.whenCaughtUp()
process.stdout.write('caught up\n')
