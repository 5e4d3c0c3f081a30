import { ensureSequential } from 'rx-projection/operators'
import { batchesOf } from 'rx-projection/testing'
import { checklist, letters, nthEvent } from '../../support/checklist.ts'

const hold = { for: 10, atMost: 10 }
const batches = batchesOf(letters, { a: 'a', b: 'b', c: 'c' })
const missing = { ...letters, b: { ...letters.b, payload: undefined } }

checklist({
  name: 'ensureSequential of events',
  make: () => ensureSequential(),
  input: letters,
  output: letters,
  nth: nthEvent,
  callbacks: {
    onDuplicate: (onDuplicate) => ({
      operator: ensureSequential({ onDuplicate }),
      source: '    -a-a-b|',
      subscribed: '^--!',
      expected: '  -a-#',
    }),
  },
})

checklist({
  name: 'ensureSequential of messages that are no events',
  make: () => ensureSequential(),
  input: letters,
  output: letters,
  nth: nthEvent,
  callbacks: {
    onUnhandled: (onUnhandled) => ({
      operator: ensureSequential({ onUnhandled }),
      source: '    -a-b-c|',
      subscribed: '^--!',
      expected: '  -a-#',
      input: missing,
    }),
  },
})

checklist({
  name: 'ensureSequential of batches',
  make: () => ensureSequential(),
  input: batches,
  output: batches,
  nth: (n) => [nthEvent(n)],
  callbacks: {
    onDuplicate: (onDuplicate) => ({
      operator: ensureSequential({ onDuplicate }),
      source: '    -a-a-b|',
      subscribed: '^--!',
      expected: '  -a-#',
    }),
    onUnhandled: (onUnhandled) => ({
      operator: ensureSequential({ onUnhandled }),
      source: '    -a-b-c|',
      subscribed: '^--!',
      expected: '  -a-#',
      input: { ...batches, b: [missing.b] },
    }),
  },
})

checklist({
  name: 'ensureSequential that holds',
  make: () => ensureSequential({ hold }),
  input: letters,
  output: letters,
  nth: nthEvent,
  crowd: [letters.c, letters.b, letters.a],
  callbacks: {
    onDuplicate: (onDuplicate) => ({
      operator: ensureSequential({ hold, onDuplicate }),
      source: '    -c-c-a|',
      subscribed: '^--!',
      expected: '  ---#',
    }),
  },
})

checklist({
  name: 'ensureSequential after a position',
  make: () => ensureSequential({ after: () => 5 }),
  input: { a: nthEvent(6), b: nthEvent(7), c: nthEvent(8) },
  output: { a: nthEvent(6), b: nthEvent(7), c: nthEvent(8) },
  nth: (n) => nthEvent(n + 5),
  callbacks: {
    after: (after) => ({ operator: ensureSequential({ after }), source: 'a-b|', subscribed: '', expected: '#' }),
  },
})
