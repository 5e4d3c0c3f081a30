import { snapshotAfter, snapshotEvery, snapshotWriter } from 'rx-projection/operators'
import { checklist } from '../../support/checklist.ts'
import { snapshotAt, snapshots } from '../../support/savings.ts'

const saved = (): void => undefined
const fails = (): never => {
  throw new Error('no room')
}

checklist({
  name: 'snapshotEvery',
  make: () => snapshotEvery<string>(2, saved),
  input: snapshots,
  output: snapshots,
  nth: (n) => snapshotAt(n),
  callbacks: {
    'onError of a save': (onError) => ({
      operator: snapshotEvery<string>(2, fails, { onError }),
      source: '    -a-b-c|',
      subscribed: '^--!',
      expected: '  -a-(b#)',
    }),
    'onError of the last save': (onError) => ({
      operator: snapshotEvery<string>(4, fails, { onError }),
      source: '    -a-b-c|',
      subscribed: '^-----!',
      expected: '  -a-b-c#',
    }),
  },
})

checklist({
  name: 'snapshotEvery that is turned off',
  make: () => snapshotEvery<string>(Number.POSITIVE_INFINITY, fails),
  input: snapshots,
  output: snapshots,
})

checklist({
  name: 'snapshotAfter',
  make: () => snapshotAfter<string>(2, saved),
  input: snapshots,
  output: snapshots,
  nth: (n) => snapshotAt(n),
  callbacks: {
    'onError of the last save': (onError) => ({
      operator: snapshotAfter<string>(10, fails, { onError }),
      source: '    -a-b-c|',
      subscribed: '^-----!',
      expected: '  -a-b-c#',
    }),
  },
})

checklist({
  name: 'snapshotAfter that is turned off',
  make: () => snapshotAfter<string>(Number.POSITIVE_INFINITY, fails),
  input: snapshots,
  output: snapshots,
})

checklist({
  name: 'both with one writer',
  make: () => {
    const writer = snapshotWriter<string>(saved)
    return (source$) => source$.pipe(snapshotEvery(2, writer), snapshotAfter(2, writer))
  },
  input: snapshots,
  output: snapshots,
  nth: (n) => snapshotAt(n),
})
