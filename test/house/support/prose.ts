import { globSync, readFileSync } from 'node:fs'
import { phrases } from './phrases.ts'
import { root, type Source, sourcesOf } from './sources.ts'

/** Text for people: everything else in the file is blank, so that each line stays where it is. */
export interface Prose {
  /** The path of its file from the root. */
  readonly path: string
  readonly text: string
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** The prose of a document: no fences, no indented blocks, no code, no addresses. */
export function proseOf(path: string, document: string): Prose {
  const text = document
    .replace(/^```[\s\S]*?^```/gm, blank)
    .replace(/(?<=\n\n|^)(?: {4}.*\n?)+/g, blank)
    .replace(/`[^`\n]+`/g, (code) => code.replace(/[^\n]/g, '_'))
    .replace(/\]\([^)\s]+\)/g, blank)
  return { path, text }
}

/** The part of a list of changes that is not released yet. */
export function unreleased(changes: string): string {
  const [before = '', ...sections] = changes.split(/^(?=## )/m)
  return (
    blank(before) + sections.map((section) => (/^## .*unreleased/i.test(section) ? section : blank(section))).join('')
  )
}

/** The documents, each as its prose. */
export function documents(): readonly Prose[] {
  return globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'bench/*.md'], { cwd: root })
    .sort()
    .map((path) => {
      const text = readFileSync(root + path, 'utf8')
      return proseOf(path, path === 'CHANGELOG.md' ? unreleased(text) : text)
    })
}

/** The comments of a file of code, without the examples in them. */
export function commentsOf({ path, text, code }: Pick<Source, 'path' | 'text' | 'code'>): Prose {
  const comments = Array.from(text, (character, index) =>
    character === '\n' || code[index] !== character ? character : ' ',
  ).join('')
  const lines = comments.replace(/^\s*(?:\/\*\*?|\*\/|\*|\/\/)/gm, blank).replace(/\*\/|\/\//g, blank)
  return proseOf(path, lines.replace(/^( *)```[\s\S]*?^ *```/gm, blank).replace(/^ +/gm, ' '))
}

const TITLE = /\b(?:test|it|describe)(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g

/** The titles of the tests in a file. */
export function titlesOf({ path, text }: Pick<Source, 'path' | 'text'>): Prose {
  const kept = Array.from(text.matchAll(TITLE), ({ index, 0: { length }, 2: title }) => ({
    end: index + length - 1,
    title,
  }))
  let at = 0
  let titles = ''
  for (const { end, title } of kept) {
    titles += blank(text.slice(at, end - title!.length)) + title
    at = end
  }
  return proseOf(path, (titles + blank(text.slice(at))).replace(/^ +/gm, ' '))
}

/** The comments of the library and of the examples, and the titles of all tests. */
export function inCode(): readonly Prose[] {
  const tests = sourcesOf('test').filter(
    ({ path }) => path.endsWith('.test.ts') && !path.startsWith('test/house/prose'),
  )
  return [...sourcesOf('operators', 'src', 'examples').map(commentsOf), ...tests.map(titlesOf)]
}

/** Each phrase of the list that the text has: where, and what to write instead. */
export function stumbles({ path, text }: Prose): readonly string[] {
  return phrases
    .flatMap(({ found, better }) =>
      Array.from(text.matchAll(found), ({ index, 0: words }) => ({
        line: text.slice(0, index + words.search(/\S/)).split('\n').length,
        words: words.trim().replace(/\s+/g, ' '),
        better,
      })),
    )
    .sort((one, other) => one.line - other.line)
    .map(({ line, words, better }) => `${path}:${line} says "${words}": write ${better}`)
}
