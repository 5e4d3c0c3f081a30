import { existsSync } from 'node:fs'
import { Skipped } from '../Gate.ts'
import { run } from '../shell.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where Chromium is. On a Debian where one is root it is installed when it is missing. */
export async function chromium(): Promise<string> {
  const found = PLACES.find((place) => existsSync(place))
  if (found !== undefined) return found
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Skipped('there is no Chromium, and only root on Debian can install one')
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update'], { env })
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env })
  return PLACES[0]!
}
