import type * as JetStream from '@nats-io/jetstream'
import type * as KeyValue from '@nats-io/kv'
import type * as Objects from '@nats-io/obj'
import type * as Transport from '@nats-io/transport-node'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'

/** The clients of a NATS server, which an application installs beside this library. */
export interface Clients {
  readonly transport: typeof Transport
  readonly jetstream: typeof JetStream
  readonly kv: typeof KeyValue
  readonly obj: typeof Objects
}

/**
 * Loads the clients.
 *
 * @throws {StoreError} (as a rejection) one of them is not installed.
 */
export async function loadClients(store: string): Promise<Clients> {
  try {
    const [transport, jetstream, kv, obj] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
      import('@nats-io/kv'),
      import('@nats-io/obj'),
    ])
    return { transport, jetstream, kv, obj }
  } catch (cause) {
    const packages = '@nats-io/transport-node @nats-io/jetstream @nats-io/kv @nats-io/obj'
    throw new StoreError(store, `its clients cannot be loaded; install them: npm install ${packages}`, { cause })
  }
}
