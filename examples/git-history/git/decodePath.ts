import { isUtf8 } from 'node:buffer'

/**
 * A path's bytes as text. Git knows paths as bytes, in no particular encoding: a path that is not UTF-8 gets each byte
 * beyond ASCII written as `\xHH`, so that two such files stay distinct.
 */
export function decodePath(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : escapeBytes(bytes)
}

function escapeBytes(bytes: Buffer): string {
  let text = ''
  for (const byte of bytes) {
    text += byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`
  }
  return text
}
