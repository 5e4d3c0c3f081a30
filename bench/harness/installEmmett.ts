import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../emmett', import.meta.url))

/** How long an installation, which compiles a driver, may take, in ms. */
const TIME = 600_000

/** Installs the packages to compare with, once, in their own folder. Returns why it could not, if it could not. */
export function installEmmett(): string | undefined {
  if (isInstalled()) return undefined
  console.error('installing Emmett, which compiles a driver: some minutes …')
  // This Node first, whatever the system has: the driver is built for the one that will run it.
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`
  const { error, status, stderr } = spawnSync('npm', ['ci'], {
    cwd: FOLDER,
    encoding: 'utf8',
    env: { ...process.env, PATH },
    shell: process.platform === 'win32',
    timeout: TIME,
  })
  if (error !== undefined) return error.message
  return status === 0 ? undefined : stderr.trim().split('\n')[0] || `npm ci ended with ${status}`
}

/** Whether what the lock file asks for is there, and not what an earlier one did. */
function isInstalled(): boolean {
  const installed = 'node_modules/.package-lock.json'
  if (!existsSync(join(FOLDER, installed))) return false
  const present = packagesOf(installed)
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  )
}

interface Locked {
  readonly version?: string
  readonly optional?: boolean
}

function packagesOf(file: string): Readonly<Record<string, Locked>> {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')).packages
}
