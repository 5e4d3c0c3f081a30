export { type NatsStore, nats } from './nats.ts'
export type { NatsAppendOptions, NatsEventLog } from './natsEvents.ts'
export type { NatsOptions } from './options.ts'
