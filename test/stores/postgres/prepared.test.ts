import { expect, test } from 'vitest'
import { describeOnOwnServer } from './support/onServer.ts'
import { follow, newTable, tableStore } from './support/tables.ts'

const whole = { after: 0, limit: 100 }

describeOnOwnServer('reading a table beside prepared transactions', (on) => {
  for (const end of ['COMMIT', 'ROLLBACK']) {
    for (const restart of ['no restart', 'a restart before the first look', 'a restart between two looks']) {
      test(`one that ends with ${end} PREPARED holds back what was committed behind it, with ${restart}`, async () => {
        const table = await newTable(on)
        const slow = await on.connect()
        await slow.query('BEGIN')
        await slow.query(`INSERT INTO ${table} DEFAULT VALUES`)
        await slow.query(`PREPARE TRANSACTION '${table}'`)
        await on.run(`INSERT INTO ${table} DEFAULT VALUES`)
        if (restart === 'a restart before the first look') await on.server.crashAndRestart()
        const { events } = tableStore(on, table)
        expect(await events.read(whole)).toEqual({ events: [], through: 0, head: 2 })
        if (restart === 'a restart between two looks') {
          await on.server.crashAndRestart()
          await expect.poll(async () => events.read(whole).catch(() => undefined)).toBeDefined()
        }
        expect(await events.read(whole)).toEqual({ events: [], through: 0, head: 2 })
        const follower = follow(events)
        await on.run(`${end} PREPARED '${table}'`)
        await follower.has(...(end === 'COMMIT' ? [1, 2] : [2]))
      })
    }
  }
})
