import { describe, expect, test } from 'vitest'
import { joinedOwner, leftOwner, ownerOf } from '../../src/stores/support/jointOwner.ts'

const joint = 'we'

/** The row of a lease that so many have joined. */
function rowOf(count: number): string {
  let row = ownerOf({ owner: 'owner-1', joint })
  for (let number = 2; number <= count; number++) row = joinedOwner(row, { owner: `owner-${number}`, joint })!
  return row
}

describe('the owner of a lease row', () => {
  test('is the holder where one alone holds it, whatever it is called', () => {
    for (const owner of ['me', '{"joint":', '{"joint":"we"']) {
      expect(ownerOf({ owner })).toBe(owner)
      expect(joinedOwner(owner, { owner: 'you', joint })).toBeUndefined()
      expect(leftOwner(owner, { owner })).toBeUndefined()
    }
  })

  test('names those who hold it jointly, until the last one has left', () => {
    const row = leftOwner(rowOf(2), { owner: 'owner-1', joint })!
    expect(leftOwner(row, { owner: 'owner-1', joint })).toBe(row)
    expect(leftOwner(row, { owner: 'owner-2', joint })).toBeUndefined()
  })

  test('does not grow without bound: of very many no list is kept, and none of them frees it', () => {
    const row = rowOf(33)
    expect(row.length).toBeLessThan(40)
    expect(leftOwner(row, { owner: 'owner-33', joint })).toBe(row)
    expect(joinedOwner(row, { owner: 'owner-34', joint })).toBe(row)
    expect(leftOwner(rowOf(32), { owner: 'owner-32', joint })).not.toBe(rowOf(32))
  })

  test('without the tag it frees all', () => {
    expect(leftOwner(rowOf(2), { owner: 'owner-1' })).toBeUndefined()
  })
})
