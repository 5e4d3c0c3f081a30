import { Observable, type SchedulerLike } from 'rxjs'
import { quote } from '../names.ts'
import type { Heard } from './Driver.ts'
import type { PgSession } from './PgSessions.ts'
import type { Waits } from './Waits.ts'

/** How often a connection that listens is asked whether it is still there, in ms: this long, and up to as long again. */
const PROBE_EVERY = 10_000

/** How a connection is listened to. */
export interface ListeningOptions {
  readonly connect: () => Promise<PgSession>
  readonly waits: Waits
  readonly address: string
  readonly random: () => number
  readonly scheduler: SchedulerLike
}

/**
 * Listens to channels on a connection of its own. It says nothing by itself for hours, so it is probed: where the other end
 * is gone without a word, nothing would ever be heard.
 */
export function pgListen(channels: readonly string[], options: ListeningOptions): Observable<Heard> {
  const { connect, waits, address, random, scheduler } = options
  return new Observable((subscriber) => {
    const connecting = connect()
    const ask = (session: PgSession, text: string): Promise<unknown> =>
      waits.for(session.client.query(text), {
        what: `an answer to the connection that listens, of ${address},`,
        giveUp: session.cut,
      })
    const probeLater = (session: PgSession): void => {
      if (subscriber.closed) return
      const probe = (): void => {
        ask(session, 'SELECT 1').then(
          () => probeLater(session),
          (error: unknown) => subscriber.error(error),
        )
      }
      timer?.unsubscribe()
      timer = scheduler.schedule(probe, PROBE_EVERY * (1 + random()))
    }
    let timer: ReturnType<SchedulerLike['schedule']> | undefined
    connecting.then(
      async (session) => {
        if (subscriber.closed) return
        subscriber.add(session.ended$.subscribe((error) => subscriber.error(error)))
        session.client.on('notification', ({ channel, payload = '' }) => subscriber.next({ channel, payload }))
        try {
          for (const channel of channels) await ask(session, `LISTEN ${quote(channel)}`)
        } catch (error) {
          subscriber.error(error)
          return
        }
        subscriber.next(undefined)
        probeLater(session)
      },
      (error: unknown) => subscriber.error(error),
    )
    subscriber.add(() => {
      timer?.unsubscribe()
      // Whoever stops to listen does not care how its connection ends.
      connecting.then((session) => session.close()).catch(() => undefined)
    })
  })
}
