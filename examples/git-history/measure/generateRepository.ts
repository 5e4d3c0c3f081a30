import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** The properties of a generated repository. Its files and authors determine the size of the read models. */
export interface GeneratedRepository {
  readonly commits: number
  /** Default: 500, in folders of 20. */
  readonly files?: number
  /** Default: 20. */
  readonly authors?: number
}

const LINES = 20
const FILES_PER_COMMIT = 3
const RENAME_EVERY = 40
const MERGE_EVERY = 50

/**
 * Creates a bare repository with a history of any length, always the same: each commit changes a line in each of three
 * files, some commits rename a file, and branches are merged. It takes about a second for 10 000 commits.
 */
export async function generateRepository(folder: string, options: GeneratedRepository): Promise<void> {
  const { commits, files = 500 } = options
  const made = spawnSync('git', ['init', '--quiet', '--bare', '--', folder])
  if (made.status !== 0) throw new Error(`git init failed: ${made.stderr}`)
  const child = spawn('git', ['fast-import', '--quiet', '--force'], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const closed = once(child, 'close')
  const versions = new Uint32Array(files)
  for (let number = 0; number < commits; number++) {
    if (!child.stdin.write(commitText(number, options, versions))) await once(child.stdin, 'drain')
  }
  child.stdin.end(`reset HEAD\nfrom :${commits}\n`)
  const [code] = await closed
  if (code !== 0) throw new Error(`git fast-import ended with exit code ${code}`)
}

function commitText(number: number, { commits, authors = 20 }: GeneratedRepository, versions: Uint32Array): string {
  const author = `Author ${Math.floor(((hash(number, 1) % 1_000) ** 2 / 1_000_000) * authors)}`
  const time = `${1_400_000_000 + number * 3_000} ${hash(number, 2) % 2 === 0 ? '+0100' : '-0700'}`
  const who = `${author} <${author.replace(' ', '').toLowerCase()}@generated.example> ${time}`
  const parts = [
    `commit refs/heads/main\nmark :${number + 1}\nauthor ${who}\ncommitter ${who}\n`,
    data(`Change number ${number}`),
  ]
  // Two commits side by side, and one that merges them.
  const place = number < MERGE_EVERY ? 1 : number % MERGE_EVERY
  const aside = place === MERGE_EVERY - 1 && number < commits - 1
  if (number > 0) parts.push(`from :${aside ? number - 1 : number}\n`)
  if (place === 0) {
    parts.push(`merge :${number - 1}\n`)
  } else {
    for (let index = 0; index < FILES_PER_COMMIT; index++) {
      const file = hash(number, 3 + index) % versions.length
      const version = (versions[file] as number) + 1
      versions[file] = version
      const path = pathOf(file, Math.floor(version / RENAME_EVERY))
      if (version % RENAME_EVERY === 0) parts.push(`D ${pathOf(file, version / RENAME_EVERY - 1)}\n`)
      parts.push(`M 100644 inline ${path}\n`, data(contentOf(file, version)))
    }
  }
  return parts.join('')
}

function pathOf(file: number, name: number): string {
  const folder = Math.floor(file / 20)
  return `part${folder % 10}/module${folder}/file${file}${name === 0 ? '' : `_${name}`}.txt`
}

/** Each version differs from the one before it in one line. */
function contentOf(file: number, version: number): string {
  const lines: string[] = []
  for (let line = 0; line < LINES; line++) {
    const changed = version - ((((version - line) % LINES) + LINES) % LINES)
    lines.push(`line ${line} of file ${file}, as of version ${Math.max(0, changed)}\n`)
  }
  return lines.join('')
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

/** A pseudo-random number, the same for the same arguments. */
function hash(number: number, salt: number): number {
  let mixed = Math.imul(number ^ (salt << 24), 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
