export type { NatsAppendOptions } from './NatsAppendOptions.ts'
export { type NatsStore, nats } from './nats.ts'
export type { NatsEventLog } from './natsEvents.ts'
export type { NatsOptions } from './options.ts'
