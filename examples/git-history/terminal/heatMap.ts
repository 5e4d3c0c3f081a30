import { paint, type Style } from './Style.ts'
import { grouped } from './text.ts'

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const SHADES = { unicode: ['·', '░', '▒', '▓', '█'], ascii: ['.', '-', '+', '*', '#'] }

/** A plot of counts by weekday and hour: the darker, the more. The sum of a day is at its right. */
export function heatMap(hours: readonly (readonly number[])[], style: Style): string[] {
  const most = Math.max(1, ...hours.flat())
  const shades = style.unicode ? SHADES.unicode : SHADES.ascii
  const cell = style.width >= 64 ? 2 : 1
  const shade = (count: number): string => {
    const level = count === 0 ? 0 : Math.min(4, Math.ceil((count / most) * 4))
    return level === 0 ? (shades[0] as string).padEnd(cell) : (shades[level] as string).repeat(cell)
  }
  const header = Array.from({ length: 8 }, (_, index) => String(index * 3).padEnd(3 * cell)).join('')
  return [
    paint(style, 'quiet', `        ${header.trimEnd()}`),
    ...hours.map((day, index) => {
      const sum = day.reduce((total, count) => total + count, 0)
      return `   ${DAYS[index]}  ${paint(style, 'bar', day.map(shade).join(''))}  ${grouped(sum).padStart(6)}`
    }),
  ]
}
