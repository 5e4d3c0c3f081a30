/** A phrase that plain English does without. */
export interface Phrase {
  readonly found: RegExp
  /** The words to write instead. */
  readonly better: string
}

/** A space in a pattern stands for any white space, so that a phrase is found across the end of a line. */
const phrase = (pattern: string, better: string): Phrase => ({
  found: new RegExp(pattern.replaceAll(' ', '\\s+'), 'gi'),
  better,
})

const START = '(?:^|[.:;(|] )'

/** The phrases that crept in most often. Each pattern must be certain: a false alarm teaches people to ignore the check. */
export const phrases: readonly Phrase[] = [
  phrase('\\banew\\b', 'again'),
  phrase('\\bfor ever\\b', 'forever'),
  phrase('\\bat once\\b', 'immediately; or "at the same time", "together"'),
  phrase('\\bin (?:the )?place of\\b', 'instead of'),
  phrase('\\btold of\\b', '"notified of", or say what receives the report'),
  phrase(
    '\\b(?:is|are|was|were|be|been|being) told\\b(?! apart)',
    '"is notified"; or name the sender: "onError receives …"',
  ),
  phrase('\\bhears? of\\b', 'is notified of, learns of, notices'),
  phrase(`${START}who (?!is |are |was |were |owns |does )\\w+`, 'name the subject: "a subscriber that …"'),
  phrase('\\b(?:for|to|by|as|than|and|or|but) who\\b', 'name the subject: "for subscribers that …"'),
  phrase('\\bwhoever\\b', 'name the subject: "the process that …"'),
  phrase(
    '\\bwhat (?:is|was|are|were|has been) (?:\\w+ed|written|read|given|new|there|left|durable|known)\\b',
    'name the thing: "the stored state"',
  ),
  phrase(
    '\\b(?:of|from|with|by|than|behind|beside) what (?:is|was|comes|came|has|had|happens|happened)\\b',
    'name the thing',
  ),
  phrase('\\band the like\\b|\\bthe like[.,;)]', 'name the things, or "similar"'),
  phrase('\\b(?:its|their) kin\\b', 'name the things, or "similar operators"'),
  phrase('\\btwice is as once\\b|\\bis as once\\b', 'idempotent'),
  phrase(
    '(?<!\\bthere )\\b(?:is|are|was) no (?!longer|more|fewer|less|different|greater|larger|smaller)\\w+',
    '"is not a …": "unknown option: x"',
  ),
  phrase('\\bstands? still\\b', 'freezes, stalls, stops advancing'),
  phrase('\\bin hand\\b', 'in progress, current'),
  phrase('\\bwithout a word\\b|\\bin silence\\b', 'silently'),
  phrase('\\bwithout an end\\b', 'unbounded, forever'),
  phrase('\\b(?:go|goes|went|going) on\\b', 'continue'),
  phrase('\\b(?:comes?|came) (?:too )?late\\b', 'arrive late'),
  phrase('\\bbeside\\b', 'next to, besides, in addition to, compared with'),
  phrase('\\bmend(?:s|ed|ing)?\\b', 'fix, repair'),
  phrase('\\bdealt with\\b', 'processed, handled'),
  phrase('\\b(?:gives?|gave|given) out\\b', 'assign (numbers), deliver (events)'),
  phrase('\\b(?:the|no|for|takes|of) news\\b', 'new events, hints'),
  phrase('\\bsome ms\\b', 'a few ms'),
  phrase('\\bat the (?:most|least)\\b', 'at most, at least'),
  phrase('\\bof yours\\b', 'your own …'),
  phrase('\\blies? in\\b', 'is stored in, is in'),
  phrase('\\bas ever\\b', 'as usual'),
  phrase('\\blong ago\\b', 'earlier, already'),
]
