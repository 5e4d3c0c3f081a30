import { inspect } from '../../../operators/model/errors/inspect.ts'
import { type NatsStore, nats } from './nats.ts'
import type { NatsOptions } from './options.ts'

/**
 * Opens the store that a URL names: `nats://[user:password@]host[:port][,host[:port]…]/stream[?replicas=3]`. The options
 * are `replicas` and `onMissingHistory`.
 *
 * @throws {TypeError | RangeError} it names no server, no stream, or an option that there is none.
 */
export function natsFromUrl(rest: string): NatsStore {
  const [, login = '', hosts, stream, query] =
    /^\/\/(?:([^@/]*)@)?([^@/?#]+)\/([^/?#]+)(?:\?([^#]*))?$/.exec(rest) ?? []
  if (hosts === undefined || stream === undefined) {
    throw new TypeError('the url of a nats store names a server and a stream: "nats://localhost:4222/bank"')
  }
  const options = new URLSearchParams(query)
  const replicas = options.get('replicas')
  const onMissingHistory = options.get('onMissingHistory') as NonNullable<NatsOptions['onMissingHistory']> | null
  for (const name of options.keys()) {
    if (name === 'replicas' || name === 'onMissingHistory') continue
    throw new TypeError(`the url of a nats store takes replicas and onMissingHistory, not ${inspect(name)}`)
  }
  const credentials = login === '' ? '' : `${login}@`
  return nats({
    servers: hosts.split(',').map((host) => `nats://${credentials}${host}`),
    stream,
    ...(replicas !== null && { replicas: Number(replicas) }),
    ...(onMissingHistory !== null && { onMissingHistory }),
  })
}
