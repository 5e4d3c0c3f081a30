/** A signal that tells how many listen to it. */
export function countedSignal() {
  const control = new AbortController()
  const { signal } = control
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...listener: Parameters<typeof add>) => {
    listeners++
    add(...listener)
  }
  signal.removeEventListener = (...listener: Parameters<typeof remove>) => {
    listeners--
    remove(...listener)
  }
  return { control, signal, listeners: () => listeners }
}
