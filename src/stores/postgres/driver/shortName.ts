/** A short name for a text, that needs no quotes: of the same text the same, of another text another, in every process. */
export function shortName(kind: string, text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  return `rx_${kind}_${text.length.toString(36)}_${(a >>> 0).toString(36)}_${(b >>> 0).toString(36)}`
}
