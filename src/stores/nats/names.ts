import { createHash } from 'node:crypto'

/** Longer tokens become a digest: a server refuses a subject that does not fit in its control line, 4 096 bytes by default. */
const LONGEST = 200

/** Stands in front of a digest. No encoded name begins so: after a `=` there are two hexadecimal digits. */
const DIGEST = '=='

/**
 * Turns a name into a token of a subject, which is a key's token too: letters, digits, `-` and `_` stay as they are, each other
 * byte of its UTF-8 becomes `=XX`. Two names never share a token.
 */
export function encodeName(name: string): string {
  const token = encodeURIComponent(name)
    .replace(/[.!~*'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%', '=')
  return token.length <= LONGEST ? token : DIGEST + createHash('sha256').update(name).digest('base64url')
}

/** The name that a token stands for; `undefined` for a digest, and for what is no token of ours. */
export function decodeName(token: string): string | undefined {
  if (token.startsWith(DIGEST)) return undefined
  try {
    return decodeURIComponent(token.replaceAll('=', '%'))
  } catch {
    return undefined
  }
}
