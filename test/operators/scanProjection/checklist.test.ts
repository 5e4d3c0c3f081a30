import { defineProjection, type EventType, scanProjection } from 'rx-projection/operators'
import { batchesOf, snapshotsOf } from 'rx-projection/testing'
import { checklist, letters, nthEvent } from '../../support/checklist.ts'
import { word } from '../../support/word.ts'

const batches = batchesOf(letters, { a: 'ab', b: 'c', c: 'def' })
const nothingKnown = defineProjection<string, EventType>({ name: 'nothing', initialState: () => '', on: {} })

checklist({
  name: 'scanProjection of events',
  make: () => scanProjection(word),
  input: letters,
  output: snapshotsOf(word, letters),
  nth: nthEvent,
  callbacks: {
    from: (from) => ({ operator: scanProjection(word, from), source: 'a-b|', subscribed: '', expected: '#' }),
    onIgnored: (onIgnored) => ({
      operator: scanProjection(nothingKnown, undefined, { strict: false, onIgnored }),
      source: '    -a-b|',
      subscribed: '^!',
      expected: '  -#',
    }),
  },
})

checklist({
  name: 'scanProjection of batches',
  make: () => scanProjection(word),
  input: batches,
  output: snapshotsOf(word, batches),
  nth: (n) => [nthEvent(2 * n - 1), nthEvent(2 * n)],
  callbacks: {
    onIgnored: (onIgnored) => ({
      operator: scanProjection(nothingKnown, undefined, { strict: false, onIgnored }),
      source: '    -a-b|',
      subscribed: '^!',
      expected: '  -#',
    }),
  },
})
