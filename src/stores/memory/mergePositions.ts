/**
 * Merges ascending lists of positions: returns the first `limit` positions after a position, in order. A binary search finds the
 * start in each list, so positions up to `after`, and after the page, cost nothing.
 */
export function mergePositions(lists: readonly (readonly number[])[], after: number, limit: number): readonly number[] {
  if (lists.length === 1) {
    const start = indexAfter(lists[0]!, after)
    return lists[0]!.slice(start, start + limit)
  }
  const heap: Cursor[] = []
  for (const list of lists) {
    const index = indexAfter(list, after)
    if (index < list.length) heap.push({ list, index, position: list[index]! })
  }
  for (let parent = (heap.length >> 1) - 1; parent >= 0; parent--) sink(heap, parent)
  const merged: number[] = []
  while (heap.length > 0 && merged.length < limit) {
    const least = heap[0]!
    merged.push(least.position)
    if (++least.index < least.list.length) {
      least.position = least.list[least.index]!
    } else {
      const last = heap.pop()!
      if (heap.length === 0) break
      heap[0] = last
    }
    sink(heap, 0)
  }
  return merged
}

interface Cursor {
  readonly list: readonly number[]
  index: number
  position: number
}

function indexAfter(list: readonly number[], after: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list[middle]! > after) high = middle
    else low = middle + 1
  }
  return low
}

/** Restores the order of a heap whose element at `start` may be too large for its place. */
function sink(heap: Cursor[], start: number): void {
  const cursor = heap[start]!
  let parent = start
  for (;;) {
    let child = 2 * parent + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]!.position < heap[child]!.position) child++
    if (heap[child]!.position >= cursor.position) break
    heap[parent] = heap[child]!
    parent = child
  }
  heap[parent] = cursor
}
