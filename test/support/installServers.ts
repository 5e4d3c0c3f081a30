import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'

const APT = '/usr/bin/apt-get'
const POSTGRES = '/usr/lib/postgresql'

/**
 * Installs the servers that stores are tested against, where that is possible: as root, from Debian's packages. Elsewhere
 * their tests say loudly that there is nothing to test with, and fail under `CI=true`.
 */
export default function installServers(): void {
  const missing: readonly string[] = [
    existsSync(POSTGRES) && readdirSync(POSTGRES).length > 0 ? [] : ['postgresql'],
    existsSync('/usr/bin/nats-server') || existsSync('/usr/sbin/nats-server') ? [] : ['nats-server'],
    existsSync('/usr/sbin/pgbouncer') ? [] : ['pgbouncer'],
  ].flat()
  if (missing.length === 0 || process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync(APT)) return
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'pipe' } as const
  try {
    execFileSync(APT, ['update'], options)
    execFileSync(APT, ['install', '-y', '--no-install-recommends', ...missing], options)
  } catch (error) {
    process.stderr.write(`\n*** ${missing.join(' and ')} could not be installed: ${(error as Error).message} ***\n`)
  }
}
