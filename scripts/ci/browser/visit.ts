import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The page runs the code itself, and a worker runs it once more. */
const PAGE = `<!doctype html><title>rx-projection</title>
<script>
  const failed = (where) => (event) => fetch('/result/' + where, { method: 'POST', body: JSON.stringify({ error: event.message }) })
  addEventListener('error', failed('page'))
  new Worker('/code.js', { type: 'module' }).addEventListener('error', failed('worker'))
</script>
<script type="module" src="/code.js"></script>`

/** Lets a browser run code on a page and in a worker, and returns what each of the two reported. */
export async function visit(
  browser: string,
  code: string,
  profile: string,
  timeout = 60_000,
): Promise<{ readonly page: unknown; readonly worker: unknown }> {
  const results = new Map<string, unknown>()
  const { promise: both, resolve, reject } = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    const [, where] = /^\/result\/(\w+)$/.exec(request.url ?? '') ?? []
    if (where !== undefined) {
      results.set(where, JSON.parse(await text(request)))
      if (results.has('page') && results.has('worker')) resolve()
    }
    const script = request.url === '/code.js'
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(script ? code : PAGE)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const process = spawn(browser, [...ARGUMENTS, `--user-data-dir=${profile}`, '--remote-debugging-port=0', url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  process.stderr.setEncoding('utf8').on('data', (more: string) => {
    said += more
  })
  const gone = once(process, 'close')
  const timer = setTimeout(() => reject(new Error(`the browser reported nothing in ${timeout} ms:\n${said}`)), timeout)
  void gone.then(() => reject(new Error(`the browser ended by itself:\n${said}`)))
  try {
    await both
  } finally {
    clearTimeout(timer)
    process.kill()
    await gone
    server.closeAllConnections()
    server.close()
  }
  return { page: results.get('page'), worker: results.get('worker') }
}
