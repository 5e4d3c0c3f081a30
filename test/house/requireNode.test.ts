import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { root } from './support/sources.ts'

/** Runs the script as a Node of another version would. */
function runUnder(version: string): { status: number | null; stderr: string } {
  const disguise = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
  const args = ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`, 'scripts/requireNode.mjs']
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
}

test('an older Node is told what to do, in one line', () => {
  const { status, stderr } = runUnder('20.20.2')
  expect(status).toBe(2)
  expect(stderr.trim()).toMatch(/^Node 24 or newer is needed.* Run `npm ci`/)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test('Node 24 and newer ones pass', () => {
  expect(runUnder('24.0.0')).toMatchObject({ status: 0, stderr: '' })
  expect(runUnder('26.1.0')).toMatchObject({ status: 0, stderr: '' })
})

test('each script that runs sources asks for the Node first', () => {
  for (const name of ['start', 'test', 'coverage', 'bench', 'ci'] as const) {
    expect(manifest.scripts[name]).toMatch(/^node (--import \.\/)?scripts\/requireNode\.mjs/)
  }
})
