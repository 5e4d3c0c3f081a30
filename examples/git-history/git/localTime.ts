const EARLIEST = Date.parse('0001-01-01T00:00:00Z')
const LATEST = Date.parse('9999-12-31T23:59:59Z')

/**
 * Git's raw time (`1795323174 +0530`: seconds since 1970, and the author's time zone) as ISO 8601 on the author's clock.
 * A broken clock has written impossible times into many a history: such a time becomes the beginning of 1970.
 */
export function localTime(raw: string): string {
  const [, seconds = '', sign = '', hours = '', minutes = ''] = /^(-?\d+) ([+-])(\d\d)(\d\d)$/.exec(raw) ?? []
  const zone = Number(minutes) < 60 && Number(hours) < 24 ? `${sign}${hours}:${minutes}` : ''
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  const local = Number(seconds) * 1000 + offset
  if (zone === '' || !(local >= EARLIEST && local <= LATEST)) return '1970-01-01T00:00:00+00:00'
  return new Date(local).toISOString().slice(0, 19) + zone
}
