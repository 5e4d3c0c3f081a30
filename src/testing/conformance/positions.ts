import { PositionConflictError } from '../../../operators/ports/index.ts'
import { equal, fails, holds } from './expect.ts'
import { hostileNames } from './hostile.ts'
import type { Checks } from './StoreOpener.ts'

export const positions: Checks = {
  'where no position is stored it is 0': async ({ positions }) => {
    equal('the position', await positions.load('a'), 0)
  },

  'a position comes back as it went in, apart for each name': async ({ positions }) => {
    for (const [index, name] of hostileNames.entries()) await positions.save(name, index + 1)
    for (const [index, name] of hostileNames.entries()) {
      equal(`the position of ${name.slice(0, 20)}`, await positions.load(name), index + 1)
    }
    await positions.save('a', Number.MAX_SAFE_INTEGER)
    equal('the greatest position', await positions.load('a'), Number.MAX_SAFE_INTEGER)
  },

  'a position can be set to any other, also back': async ({ positions }) => {
    for (const position of [5, 9, 3, 0]) {
      await positions.save('a', position)
      equal('the position', await positions.load('a'), position)
    }
  },

  'a save that expects the stored position moves it': async ({ positions }) => {
    await positions.save('a', 3, { expected: 0 })
    await positions.save('a', 7, { expected: 3 })
    equal('the position', await positions.load('a'), 7)
  },

  'a save that expects another position is a PositionConflictError, and nothing is saved': async ({ positions }) => {
    await positions.save('a', 3)
    for (const [name, expected, actual] of [
      ['a', 2, 3],
      ['a', 0, 3],
      ['a', 4, 3],
      ['b', 1, 0],
    ] as const) {
      const error = await fails(`a save that expects ${expected}`, PositionConflictError, () =>
        positions.save(name, 9, { expected }),
      )
      equal(
        'the error',
        { projector: error.projector, expected: error.expected, actual: error.actual },
        { projector: name, expected, actual },
      )
      equal('the position', await positions.load(name), actual)
    }
  },

  'of concurrent saves that expect the same position, exactly one is stored': async ({ positions }) => {
    const save = async (position: number) => positions.save('a', position, { expected: 0 })
    const results = await Promise.allSettled([save(1), save(2), save(3), save(4)])
    const refused = results.filter((result) => result.status === 'rejected')
    equal('how many of 4 are stored', results.length - refused.length, 1)
    for (const { reason } of refused) {
      holds(
        reason instanceof PositionConflictError,
        `the loser of a race must get a PositionConflictError, not ${reason}`,
      )
    }
    equal('the position', await positions.load('a'), results.findIndex(({ status }) => status === 'fulfilled') + 1)
  },

  'the arguments of positions are checked': async ({ positions }) => {
    for (const name of ['', undefined, 7]) {
      await fails(`a load of ${name}`, TypeError, () => positions.load(name as string))
      await fails(`a save of ${name}`, TypeError, () => positions.save(name as string, 1))
    }
    for (const position of [-1, 1.5, Number.NaN, undefined]) {
      await fails(`a save of ${position}`, RangeError, () => positions.save('a', position as number))
      if (position === undefined) continue
      await fails(`a save that expects ${position}`, RangeError, () => positions.save('a', 1, { expected: position }))
    }
  },
}
