// Writes the sample history again: node examples/git-history/sample/write.ts
import { writeFileSync } from 'node:fs'
import { inventHistory } from './inventHistory.ts'

const lines = inventHistory().map((commit) => `${JSON.stringify(commit)}\n`)
writeFileSync(new URL('history.jsonl', import.meta.url), lines.join(''))
