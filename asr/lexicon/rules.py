"""Rules, and what they find in a caller's words.

A rule finds phrases with gaps and order; its guards then ask of every find whether it is told
as an event (`asr.lexicon.guard`). Nothing here knows a language: words come from the pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from asr.lexicon.category import OTHER, Category
from asr.lexicon.classifier import RULE as LEARNT_RULE
from asr.lexicon.classifier import Learnt
from asr.lexicon.guard import ASIDE, Guard, Reach, is_aside
from asr.lexicon.pattern import (
    Mention,
    Pattern,
    SoundTerms,
    Terms,
    find_pattern,
)
from asr.lexicon.people import count_people
from asr.lexicon.tokens import SENTENCE, Token, Tokeniser
from asr.spoken.places import Place, find_place

INNOCENT = "innocent"
START, END = "start", "end"
"""Built-in sets: before the first token and behind the last."""

LEAST_LEVEL = 0.4
"""A hit that guards and sound have brought below this is not told."""

# What guards of another clause leave of an alarm: whoever asks for a name, gives thanks or tells of
# last year beside a fire is not silent about the fire, but is asked.
_ASKED = 0.6

RELAPSE = "relapse"
"""The set of what tells that something was gone, or taken for nothing, and is there after all."""

_SOUND_ALONE = 4  # syllables that convince without one exact word beside them

# The second opinion (`asr.lexicon.classifier`). From this probability on it raises a question about
# what no rule has found; below the doubtful one it makes a question of what a rule is sure of, and
# below the contrary one a note. Of 462 rule hits in real alarms that it was not trained with, none
# was below 0.1 and nine below 0.25; of 35 false ones nine and more than fifteen. (Then harmless
# beginnings were trained in, which lower all of these a little: hence 0.2.)
_CONVINCED = 0.6
_OWN = 0.7  # from here on a clause by itself outweighs what stands beside it
_DOUBTFUL, _DOUBT = 0.2, 0.65
_CONTRARY, _REJECTION = 0.1, 0.5
_BACKING = 0.7  # a rule's hit is `backed` from here on


@dataclass(frozen=True)
class Hit:
    """A rule that fired: `phrase` is the caller's own words, `level` 0..1 how sure it is."""

    category: str
    phrase: str
    level: float
    at_s: float  # seconds from the call's answer
    rule: str
    people: int | None = None  # "三个人被困" -> 3
    place: Place = field(default_factory=Place)
    backed: bool = True  # the second opinion is as sure of it, or there is none


@dataclass(frozen=True)
class Classification:
    """What a text is about; `category` is "other" when no rule fired."""

    category: str
    ticket_class: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Rule:
    """Patterns that tell a category, unless one of `unless` is in the same sentence."""

    name: str
    category: str
    level: float
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...] = ()
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """What there is to find in a text before any rule: terms, and sets made of patterns."""

    tokeniser: Tokeniser
    terms: Terms
    sounds: SoundTerms
    innocent: tuple[Pattern, ...]
    composites: tuple[tuple[str, Pattern], ...]  # (set, pattern), parts before wholes


class Lexicon:
    """Compiled rules of one language; pure and safe to share between threads."""

    def __init__(
        self,
        language: str,
        categories: Mapping[str, Category],
        rules: Sequence[Rule],
        vocabulary: Vocabulary,
        *,
        sound_factor: float,
        words: tuple[str, ...],
        learnt: Learnt | None = None,
        left_out: tuple[str, ...] = (),
    ) -> None:
        self.language = language
        self.categories = categories
        self.urgent = frozenset(
            category.id for category in categories.values() if category.is_urgent
        )
        self.heard = frozenset(rule.category for rule in rules)  # others are only known
        self.left_out = left_out  # mistakes in a company's own file, whose entries are left out
        self.words = words  # phrases of the urgent rules and fillers, for a word-list recogniser
        self._rules = tuple(rules)
        self._vocabulary = vocabulary
        self._sound_factor = sound_factor
        self._learnt = learnt
        self._rank = {name: rank for rank, name in enumerate(categories)}

    def hits(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]:
        """Every category told in `text`, urgent ones first, then by level; one hit a category.

        Categories that are not urgent are hits too: filter by `urgent` before dispatching.
        """
        tokens = self.tokens(text)
        if not tokens:
            return ()
        mentions = _mentions(self._vocabulary, tokens)
        best: dict[str, tuple[float, Rule, Mention]] = {}
        excused = False  # a guard has told an urgent phrase from an event
        for rule in self._rules:
            so_far = best[rule.category][0] if rule.category in best else 0.0
            if rule.level > so_far and (found := self._fire(rule, mentions, tokens)):
                level, match = found
                excused |= level == 0.0
                if level > so_far:
                    best[rule.category] = (level, rule, match)
        backed = True
        if self._learnt is not None:
            told = _without_asides(tokens, mentions, [found[2] for found in best.values()])
            relapse = bool(mentions.get(RELAPSE))
            backed = self._combine(
                self._learnt, tokens, told, best, excused=excused, relapse=relapse
            )
        if not best:
            return ()
        place, _ = find_place(text, self.language)
        people = count_people(text, self.language)
        found_hits = [
            Hit(
                category,
                text[tokens[match.start].start : tokens[match.end - 1].end],
                level,
                at_s,
                rule.name,
                people,
                place,
                backed,
            )
            for category, (level, rule, match) in best.items()
        ]
        found_hits.sort(key=self._order)
        return tuple(found_hits)

    def tokens(self, text: str) -> tuple[Token, ...]:
        """`text` as rules and second opinion read it."""
        return self._vocabulary.tokeniser(text)

    def classify(self, text: str) -> Classification:
        """The category that decides a ticket's class."""
        hits = self.hits(text)
        if not hits:
            return Classification(OTHER, "general", ())
        category = self.categories[hits[0].category]
        return Classification(category.id, category.ticket_class, hits)

    def _order(self, hit: Hit) -> tuple[bool, float, int]:
        return (hit.category not in self.urgent, -hit.level, self._rank[hit.category])

    def _combine(
        self,
        learnt: Learnt,
        tokens: Sequence[Token],
        told: Sequence[Token],
        best: dict[str, tuple[float, Rule, Mention]],
        *,
        excused: bool,
        relapse: bool,
    ) -> bool:
        """Add the second opinion: what only one of the two finds is asked about. Whether it
        backs what is told.

        The clause of an alarm, and the text without its asides (`told`), are weighed too: what
        stands beside an alarm must not talk it away. Of what came back (`relapse`) half the words
        tell that it was gone: a rule's word is asked about, whatever they weigh. Of a category that
        it was not trained with, such as a company's own, it says nothing.
        """
        opinion = learnt.weigh(tokens)
        if opinion.share < _CONVINCED and len(told) < len(tokens):
            opinion = max(opinion, learnt.weigh(told), key=lambda one: one.share)
        urgent = [category for category in best if category in self.urgent]
        surest = max((best[category][0] for category in urgent), default=0.0)
        for category in (each for each in urgent if each in learnt.categories):
            level, rule, match = best.pop(category)
            if opinion.share < _DOUBTFUL:
                if relapse or self._convinces(match, tokens):
                    level = min(level, _ASKED)
                else:
                    factor = _REJECTION if opinion.share < _CONTRARY else _DOUBT
                    level = round(level * factor, 3)
            if level >= LEAST_LEVEL:
                best[category] = (level, rule, match)
        if not excused and surest < _ASKED:
            worst = opinion
            if opinion.share < _CONVINCED:
                own = max(learnt.weigh_each(tokens), key=lambda one: one.share, default=opinion)
                worst = own if own.share >= _OWN else opinion
            if worst.share >= _CONVINCED and worst.category in self.urgent:
                rule = Rule(LEARNT_RULE, worst.category, _ASKED, ())
                best[worst.category] = (_ASKED, rule, _place_of(worst.tokens, tokens))
        return opinion.share >= _BACKING

    def _fire(
        self, rule: Rule, mentions: Mapping[str, Sequence[Mention]], tokens: Sequence[Token]
    ) -> tuple[float, Mention] | None:
        """The surest match of `rule`; of level 0 when its guards leave none standing."""
        surest: tuple[float, Mention] | None = None
        for pattern in rule.patterns:
            for found in find_pattern(pattern, mentions, tokens):
                level = rule.level * self._trust(found)
                if level < LEAST_LEVEL:
                    continue
                level = _guarded(level, rule, found, mentions, tokens)
                if level < LEAST_LEVEL:
                    surest = surest or (0.0, found)
                if surest and level <= surest[0]:
                    continue
                match _excused(rule, found, mentions, tokens):
                    case Reach.HERE:
                        continue
                    case Reach.ELSEWHERE:
                        if not self._convinces(found, tokens):
                            continue
                        level = min(level, _ASKED)
                if not surest or level > surest[0]:
                    surest = (round(level, 3), found)
                    if level == rule.level:  # no match of this rule can be surer
                        return surest
        return surest

    def _convinces(self, match: Mention, tokens: Sequence[Token]) -> bool:
        """Whether the clause of `match` by itself is an alarm to the second opinion."""
        learnt = self._learnt
        return bool(learnt and learnt.weigh_clauses(tokens, match.start, match.end).share >= _OWN)

    def _trust(self, match: Mention) -> float:
        """1 for the very words; less for words that only sound so; 0 for too few of those."""
        if not match.by_sound:
            return 1.0
        by_sound = [leaf for leaf in match.leaves if leaf.by_sound]
        alone = len(by_sound) == len(match.leaves)
        if alone and sum(leaf.end - leaf.start for leaf in by_sound) < _SOUND_ALONE:
            return 0.0
        return self._sound_factor


def _without_asides(
    tokens: Sequence[Token],
    mentions: Mapping[str, Sequence[Mention]],
    matches: Sequence[Mention],
) -> Sequence[Token]:
    """The tokens of clauses that have a match or are no aside; all of them when none is."""
    aside = {tokens[mention.start].clause for mention in mentions.get(ASIDE, ())}
    aside -= {tokens[leaf.start].clause for match in matches for leaf in match.leaves}
    return [token for token in tokens if token.clause not in aside] or tokens


def _place_of(part: Sequence[Token], tokens: Sequence[Token]) -> Mention:
    """Where the tokens of `part` stand among `tokens`."""
    return Mention(tokens.index(part[0]), tokens.index(part[-1]) + 1)


def _guarded(
    level: float,
    rule: Rule,
    match: Mention,
    mentions: Mapping[str, Sequence[Mention]],
    tokens: Sequence[Token],
) -> float:
    """What the rule's guards leave of `level`."""
    for guard in rule.guards:
        if level < LEAST_LEVEL:
            break
        reach = guard.reach(match, mentions, tokens)
        if reach is Reach.HERE:
            level *= guard.level
        elif reach is Reach.ELSEWHERE:
            level = min(level, _ASKED)
    return level


def _excused(
    rule: Rule, match: Mention, mentions: Mapping[str, Sequence[Mention]], tokens: Sequence[Token]
) -> Reach:
    """Whether one of the rule's `unless` stands in the sentence, and how near."""
    reach = Reach.NONE
    first, last = match.start, match.end
    while first > 0 and tokens[first].stop != SENTENCE:
        first -= 1
    while last < len(tokens) and tokens[last].stop != SENTENCE:
        last += 1
    clauses = range(tokens[match.start].clause, tokens[match.end - 1].clause + 1)
    for pattern in rule.unless:
        for other in find_pattern(pattern, mentions, tokens):
            if other.start < first or other.end > last or is_aside(other, match, mentions, tokens):
                continue
            if tokens[other.start].clause in clauses:
                return Reach.HERE
            reach = Reach.ELSEWHERE
    return reach


def _mentions(vocabulary: Vocabulary, tokens: Sequence[Token]) -> dict[str, list[Mention]]:
    """Everything the rules can be made of, by set or literal."""
    found = vocabulary.terms.find(tokens)
    found[START], found[END] = [Mention(0, 0)], [Mention(len(tokens), len(tokens))]
    innocent = list(found.get(INNOCENT, ()))
    for pattern in vocabulary.innocent:
        innocent.extend(find_pattern(pattern, found, tokens))
    if innocent:
        found = {key: _guilty(mentions, innocent) for key, mentions in found.items()}
    for key, mention in vocabulary.sounds.find(tokens):
        exact = found.setdefault(key, [])
        if not any(other.start < mention.end and mention.start < other.end for other in exact):
            exact.extend(_guilty((mention,), innocent))
    for key, pattern in vocabulary.composites:
        for mention in find_pattern(pattern, found, tokens):
            found.setdefault(key, []).append(mention)
    return found


def _guilty(mentions: Iterable[Mention], innocent: Sequence[Mention]) -> list[Mention]:
    """Mentions that no innocent phrase covers or cuts (着火 in 一起火锅)."""
    return [
        mention
        for mention in mentions
        if all(
            mention.end <= phrase.start
            or phrase.end <= mention.start
            or (mention.start <= phrase.start and phrase.end <= mention.end)
            for phrase in innocent
        )
    ]
