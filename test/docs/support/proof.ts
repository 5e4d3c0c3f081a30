import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Example, root } from './fences.ts'

/** What became of an example. */
export interface Outcome {
  readonly printed: readonly string[]
  /** The error that it ended with, where it did. */
  readonly error?: string
}

const HOME = join(root, 'test/docs/.fences')

/** A folder with the examples as files: each line where it is in its document, so that every error names its place. */
export class Proof implements Disposable {
  private readonly folder: string
  private readonly examples: readonly Example[]

  constructor(examples: readonly Example[]) {
    mkdirSync(HOME, { recursive: true })
    this.folder = mkdtempSync(join(HOME, 'run-'))
    this.examples = examples
    for (const example of examples) writeFileSync(join(this.folder, fileOf(example)), moduleOf(example))
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false, moduleDetection: 'force' }
    const config = { extends: '../../../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] }
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify(config))
  }

  /** Checks the types of all examples at once. What is found, each with its place in its document. */
  types(): readonly string[] {
    const { stdout } = this.run(join(root, 'node_modules/typescript/bin/tsc'), '-p', this.folder, '--pretty', 'false')
    return stdout.split('\n').flatMap((line) => this.inDocument(line))
  }

  /** Runs all examples in one process, one after the other. */
  outcomes(): Readonly<Record<string, Outcome>> {
    const toRun = this.examples.filter(({ proof }) => proof === 'run')
    const jobs = toRun.map(({ name, prints }, index) => ({ name, prints, file: fileOf(toRun[index]!) }))
    writeFileSync(join(this.folder, 'jobs.json'), JSON.stringify(jobs))
    const runner = join(root, 'test/docs/support/runExamples.ts')
    const { stderr } = this.run('--conditions=rx-projection-source', runner, this.folder)
    try {
      return JSON.parse(readFileSync(join(this.folder, 'outcomes.json'), 'utf8'))
    } catch (error) {
      throw new Error(`the last of these examples did not come to its end:\n${stderr}`, { cause: error })
    }
  }

  /** Runs the examples that are test files. What vitest says where one fails. */
  failedTests(): string {
    const files = this.examples
      .filter(({ proof }) => proof === 'test')
      .map((example) => join(this.folder, fileOf(example)))
    if (files.length === 0) return ''
    const config = join(this.folder, 'vitest.config.ts')
    const lines = [
      `import base from '../../../../vitest.config.ts'`,
      `export default { ...base, root: ${JSON.stringify(this.folder)}, test: { include: ['*.test.ts'] } }`,
    ]
    writeFileSync(config, lines.join('\n'))
    const { status, stdout, stderr } = this.run(join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config)
    return status === 0 ? '' : stdout + stderr
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  private run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const environment = {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
      VITEST: undefined,
      NODE_OPTIONS: undefined,
    }
    return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: environment, timeout: 60_000 })
  }

  private inDocument(line: string): readonly string[] {
    if (!/error TS\d+/.test(line)) return []
    const example = this.examples.find((other) => line.includes(fileOf(other)))
    const [, row, , message] = /\((\d+),(\d+)\): (.*)$/.exec(line) ?? []
    return [example === undefined ? line : `${example.fences[0]!.path}:${row} ${message}`]
  }
}

function fileOf({ name, proof }: Example): string {
  return `${name.replace(/[^\w]+/g, '_')}${proof === 'test' ? '.test' : ''}.ts`
}

function moduleOf({ fences }: Example): string {
  let text = ''
  let line = 1
  for (const fence of fences) {
    text += '\n'.repeat(fence.line - line) + fence.code
    line = fence.line + fence.code.split('\n').length - 1
  }
  return `${text}\nexport {}\n`
}
