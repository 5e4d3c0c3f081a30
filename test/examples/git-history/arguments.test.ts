import { describe, expect, it } from 'vitest'
import { parseArguments, type UsageError } from '../../../examples/git-history/arguments.ts'

function failure(...args: string[]): UsageError {
  try {
    parseArguments(args, '/home/ada')
  } catch (error) {
    return error as UsageError
  }
  throw new Error('it was accepted')
}

describe('parseArguments', () => {
  it('wants nothing', () => {
    expect(parseArguments([], '/home/ada')).toEqual({ watch: false })
  })

  it('takes a repository, a log, a path and a watch, relative to where the user is', () => {
    expect(parseArguments(['--repo', 'work', '--db', '../log.db', '--path', 'src', '--watch'], '/home/ada')).toEqual({
      repo: '/home/ada/work',
      db: '/home/log.db',
      path: 'src',
      watch: true,
    })
  })

  it.each([
    [['--bogus'], "unknown option '--bogus'; --help shows what there is"],
    [['--wach'], "unknown option '--wach' (Did you mean --watch?); --help shows what there is"],
    [['--repo'], "option '--repo <folder>' argument missing; --help shows what there is"],
    [['--repo='], "option '--repo <folder>' argument '' is invalid. It must not be empty; --help shows what there is"],
    [['here'], 'too many arguments. Expected 0 arguments but got 1: here; --help shows what there is'],
  ])('refuses %j in one line', (args, complaint) => {
    expect(failure(...args)).toMatchObject({ message: complaint, exitCode: 2 })
  })

  it('shows what there is', () => {
    const { message, exitCode } = failure('--help')
    expect(exitCode).toBe(0)
    expect(message).toContain('--watch')
  })
})
