/** The fields that an event of a log may have. */
export const EVENT_FIELDS: readonly string[] = [
  'id',
  'stream',
  'type',
  'payload',
  'previous',
  'revision',
  'recordedAt',
  'metadata',
]
