const EARLIEST = Date.parse('0001-01-01T00:00:00Z')
const LATEST = Date.parse('9999-12-31T23:59:59Z')
const UNKNOWN = '1970-01-01T00:00:00+00:00'

/**
 * Git's raw time (`1795323174 +0530`: seconds since 1970, and the author's time zone) as ISO 8601 on the author's clock.
 * Many histories contain impossible times from a broken clock: such a time becomes the beginning of 1970.
 */
export function localTime(raw: string): string {
  const match = /^(-?\d+) ([+-])([01]\d|2[0-3])([0-5]\d)$/.exec(raw)
  if (match === null) return UNKNOWN
  const [, seconds, sign, hours, minutes] = match
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  const local = Number(seconds) * 1000 + offset
  if (local < EARLIEST || local > LATEST) return UNKNOWN
  return `${new Date(local).toISOString().slice(0, 19)}${sign}${hours}:${minutes}`
}
