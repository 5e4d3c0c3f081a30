import { equal } from './expect.ts'
import { readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'

/** Names and texts that code often handles incorrectly. */
export const hostileNames: readonly string[] = [
  '__proto__',
  'constructor',
  'Constructor',
  'toString',
  'hasOwnProperty',
  "a'; DROP TABLE rx_events; --",
  'a"b',
  '`a`',
  '$1',
  '?',
  ':name',
  '{"a":1}',
  'a/b\\c',
  'a.b.>',
  '*',
  'a b\n\tc',
  'žluťoučký kůň',
  '日本語',
  '👩‍👩‍👧',
  '\u202eabc',
  'null',
  'undefined',
  '0',
  'x'.repeat(5_000),
  `${'x'.repeat(4_999)}y`,
]

export const hostile: Checks = {
  'streams and types may have any name': async (store) => {
    for (const name of hostileNames) await store.events.append(name, [{ type: name, payload: name }])
    const events = await readAll(store)
    equal(
      'the events',
      events.map(({ stream, type, payload, revision }) => [stream, type, payload, revision]),
      hostileNames.map((name) => [name, name, name, 1]),
    )
    for (const [index, name] of hostileNames.entries()) {
      const expected = name.slice(0, 20)
      const found = await readAll(store, { streams: [name] })
      equal(
        `the positions of the stream ${expected}`,
        found.map(({ id }) => id),
        [index + 1],
      )
    }
  },

  'a payload may have keys and texts of any kind': async (store) => {
    const text = `{${hostileNames.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(name)}`).join()}}`
    const payload: unknown = JSON.parse(text)
    const strings = ['\0', '\u0000\u001f', '\ud800', '\udfff', '\u2028', '\\u0041', '</script>', 'x'.repeat(300_000)]
    await store.events.append('a', [{ type: 'Hostile', payload: [payload, strings] }])
    const [event] = await readAll(store)
    equal('the payload', event!.payload, [payload, strings])
  },

  'a key __proto__ is a key like any other': async (store) => {
    const payload: unknown = JSON.parse('{"__proto__": {"admin": true}, "inner": {"__proto__": 1}}')
    await store.events.append('a', [{ type: 'Hostile', payload, metadata: payload as Record<string, unknown> }])
    const [event] = await readAll(store)
    for (const [what, value] of [
      ['the payload', event!.payload],
      ['the metadata', event!.metadata],
    ] as const) {
      equal(what, value, payload)
      equal(`${what}'s inherited property`, (value as { admin?: unknown }).admin, undefined)
    }
    equal('what all objects inherit', ({} as { admin?: unknown }).admin, undefined)
  },
}
