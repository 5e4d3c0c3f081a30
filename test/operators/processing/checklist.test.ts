import { processEvents, processPages } from 'rx-projection/operators'
import { batchesOf } from 'rx-projection/testing'
import { checklist, letters, nthEvent } from '../../support/checklist.ts'

const positions = { a: 1, b: 2, c: 3 }
const batches = batchesOf(letters, { a: 'a', b: 'b', c: 'c' })
const nothing = (): void => undefined

for (const [name, operator] of Object.entries({ processEvents, processPages })) {
  checklist({
    name: `${name} of events`,
    make: () => operator(nothing, { savePosition: nothing }),
    input: letters,
    output: positions,
    nth: nthEvent,
    callbacks: {
      savePosition: (savePosition) => ({
        operator: operator(nothing, { savePosition }),
        source: '    -a-b|',
        subscribed: '^!',
        expected: '  -#',
      }),
      after: (after) => ({
        operator: operator(nothing, { savePosition: nothing, after }),
        source: '    a|',
        subscribed: '',
        expected: '  #',
      }),
    },
  })
}

checklist({
  name: 'processEvents of batches',
  make: () => processEvents(nothing, { savePosition: nothing }),
  input: batches,
  output: positions,
  nth: (n) => [nthEvent(n)],
  crowd: [[letters.a, letters.b, letters.c]],
})

checklist({
  name: 'processPages of batches',
  make: () => processPages(nothing, { savePosition: nothing }),
  input: batches,
  output: positions,
  nth: (n) => [nthEvent(n)],
})
