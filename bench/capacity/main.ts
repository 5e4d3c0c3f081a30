import { machine } from '../harness/machine.ts'
import { natsClusterEngine, natsEngine, postgresEngine } from './engines.ts'
import { measures } from './measures.ts'

// What a server carries, with its clients on the same machine: for orientation, so there are no goals.
const columns: { readonly title: string; readonly figures: readonly string[] }[] = []
for (const start of [postgresEngine, natsEngine, natsClusterEngine]) {
  const engine = await start()
  try {
    const figures: string[] = []
    for (const { title, measure } of measures) {
      console.error(`${engine.title}: ${title} …`)
      figures.push(await measure(engine))
    }
    columns.push({ title: engine.title, figures })
  } finally {
    await engine.stop()
  }
}
const lines = [
  ['', ...columns.map(({ title }) => title)],
  ['---', ...columns.map(() => '---')],
  ...measures.map(({ title }, row) => [title, ...columns.map(({ figures }) => figures[row]!)]),
]
console.log(`${machine()}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`)
