/** Does `count` pieces of work, some at a time. Returns how long it took, in ms. */
export async function inTurns(
  workers: number,
  count: number,
  work: (number: number) => Promise<unknown>,
): Promise<number> {
  let next = 1
  const begun = performance.now()
  const worker = async (): Promise<void> => {
    while (next <= count) await work(next++)
  }
  await Promise.all(Array.from({ length: workers }, worker))
  return performance.now() - begun
}
