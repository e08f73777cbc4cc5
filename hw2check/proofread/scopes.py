"""Where names keep their meaning, and whether a formula makes a claim or an assumption.

A heading, a numbered question or list item, and a paragraph that begins with "Example", "Question" or the
like open a scope. The words before a formula in its sentence say whether it gives something ("let"), or only
supposes it ("if", "solve"). The words are those of English, Spanish, Portuguese, French, German, Chinese,
Korean and Japanese.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hw2check.proofread.regions import Formula

Path = tuple[int, ...]  # the scopes around a place, the widest first

_SHOWN = 300  # characters before a formula that can say what it is
_BETWEEN = 2000  # characters between two formulas in which a scope may open

_OPENER = re.compile(
    r"""(?:\A|\n[ \t]*\n|\n(?=[ \t>]*\S))[ \t>*_\#]*
    (?:(?:\w+[ ]){0,2}(?:example|question|problem|exercise|case|scenario|sample)s?\b
      | ejemplo|pregunta|problema|ejercicio|caso | exemplo|quest[aã]o|exerc[ií]cio
      | exemple|probl[eè]me|exercice|cas\b | beispiel|frage|aufgabe|fall\b
      | 例|示例|问题|練習|問題|問\d|예제|예시|문제)""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:[.!?:;](?=\s)|[。！？；]|\n[ \t]*\n|\A)")
_IF = re.compile(
    r"""\b(?:if|suppose|supposing|assum(?:e|es|ing)|when(?:ever)?|unless|until|provided|e\.\s?g|say|would|could
        |solv(?:e|es|ing)|roots?|zeros?|solutions?|satisf(?:y|ies|ying)|such\ that|subject\ to|equations?
        |(?:small|larg|great|low|high)est|minimum|maximum|minimi[sz]\w+|maximi[sz]\w+|stationary
        |wants?|needs?|requires?|must|should|hypothes[ie]s|guess|imagine|try|instead|otherwise|whether|alternatively
        |some(?:times|\ (?:sources|authors|books|texts))|also\ (?:be\ )?written|conventions?
        |si|supon\w+|suponga\w*|cuando|resolv\w+|tal(?:es)?\ que|ra[ií]z|ra[ií]ces|ecuaci[oó]n|por\ ejemplo
        |se|quando|suponha\w*|raiz|equa[cç][aã]o|por\ exemplo
        |supposons|quand|lorsque|r[eé]sou\w+|tels?\ que|racines?|[eé]quations?|par\ exemple
        |wenn|falls|angenommen|l[oö]se\w*|sodass|nullstellen?|gleichung|beispielsweise|z\.\s?B)\b
      | 如果|假设|假如|若|当|求解|方程|解得?|例如|假定|有些|有的|[会也]写成|可以?写成
      | 만약|만일|가정|방정식 | もし|仮定|方程式|例えば|解く""",
    re.VERBOSE | re.IGNORECASE,
)
_IF_BEHIND = re.compile(r"\$?[^\S\n]*(?:일\s?때|이면|라면|のとき|ならば|の場合|时|時)")
_THEN = re.compile(
    r"""\b(?:then|so|thus|hence|therefore|consequently|gives?|get|obtain|yields?|is\ equal\ to|evaluates
        |entonces|luego|por\ (?:lo\ )?tanto|obtenemos | ent[aã]o|logo|portanto|obtemos
        |donc|alors|ainsi|d'o[uù]|obtient | dann|also|daher|somit|folglich|ergibt)\b
      | 所以|则|則|因此|于是|得到 | 따라서|그러므로|그러면 | よって|ゆえに|したがって|すると""",
    re.VERBOSE | re.IGNORECASE,
)
_LET = re.compile(
    r"""\b(?:let|given|set|put|take|taking|define[sd]?|consider|where|choose|pick|start(?:ing)?|initial\w*
        |instead|new|another|next|suppose|assume|assuming
        |sean?|dad[oa]s?|donde|tomemos|consideremos|ahora
        |sejam?|onde|considere|agora
        |soi(?:t|ent)|[eé]tant\ donn[eé]\w*|o[uù]|prenons|maintenant
        |seien|sei|gegeben\w*|wobei|mit|nun|jetzt)\b
      | 设|設|令|给定|給定|其中|取|现在|已知 | 주어진|여기서|이제 | 与えられ|ここで|今""",
    re.VERBOSE | re.IGNORECASE,
)
_LET_BEHIND = re.compile(r"\$?[^\S\n]*(?:라고?\s?하자|라\s?두자|とする|とおく|とし)")


_CHANGES = re.compile(
    r"""\b(?:if|suppose|imagine|what\ if|si|supon\w+|se|supposons|wenn|falls|angenommen)\b
      | 如果|假设|假如|若|만약|만일|もし""",
    re.VERBOSE | re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"[:,：，][\s>$]*(?:\\\[\s*|\\begin\{[\w*]+\}\s*)*\Z"
)  # a formula on lines of its own


_NOT_BEHIND = re.compile(
    r"\b(?:not true|untrue|false|contradict\w*|impossible|absurd\w*|nonsense|no solution|cannot be"
    r"|contradicci\w+|imposible|falso|contradi\w+|imposs[ií]vel|faux|absurde|Widerspruch|falsch|unm[oö]glich)\b"
    r"|矛盾|不成立|不可能|모순|불가능",
    re.IGNORECASE,
)


_MODULAR = re.compile(
    r"\\[pb]?mod\b|\\equiv|\bmod(?:ulo|\b)|\\mathbb\s*\{?[ZF]\}?\s*(?:/|_)|\bcosets?\b", re.IGNORECASE
)


class Mood(NamedTuple):
    """What the words around a formula say of it."""

    supposes: bool = False  # a condition, an assumption, an equation to be solved: no claim
    gives: bool = False  # "let": names get their values here
    concludes: bool = False  # "so", "then": what is given has this value
    denies: bool = False  # "which is not true"
    modular: bool = False  # numbers are counted modulo another, or stand for classes
    changes: bool = False  # "if b becomes 3.001, then": names may have other values for once


CLAIM = Mood()


def mood_of(formula: Formula) -> Mood:
    """The mood of a formula, by the words of its sentence before it."""
    words = _words_before(formula)
    end = formula.start + len(formula.text)
    behind = formula.part.text[end : end + 16]
    last = max((match.end() for match in _THEN.finditer(words)), default=0)
    concludes = bool(last) and _IF.search(words, last) is None
    supposes = bool(_IF.search(words, last) or _IF_BEHIND.match(behind))
    gives = bool(_LET.search(words) or _LET_BEHIND.match(behind))
    text = formula.part.text
    denies = bool(_NOT_BEHIND.search(text[end : end + 60]) or _NOT_BEHIND.search(words))
    modular = bool(_MODULAR.search(text, max(0, formula.start - _BETWEEN), end + _SHOWN))
    return Mood(supposes, gives, concludes, denies, modular, bool(_CHANGES.search(words)))


def _words_before(formula: Formula) -> str:
    """The words of its sentence before a formula; a colon just before the formula does not end one."""
    before = formula.before[-_SHOWN:]
    wide = formula.part.text[max(0, formula.start - _SHOWN) : formula.start] if formula.display else before
    if announced := _ANNOUNCES.search(wide):
        before = wide[: announced.start()]
    start = 0
    for match in _SENTENCE.finditer(before):
        start = match.end()
    return _without_formulas(before[start:])


def _without_formulas(text: str) -> str:
    """The words alone: what stands between dollar signs is mathematics."""
    parts = text.split("$")
    return " ".join(parts[::2])


class Scopes:
    """The scope of each formula, asked for in the order of the document."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, int]] = []  # (level, number) of the headings around
        self._section = 0
        self._opened = 0  # openers met so far
        self._here = 0  # the opener that the present place stands under
        self._end: tuple[int, int] = (0, 0)  # (identity of the part, offset) of the last formula's end

    def path(self, formula: Formula) -> Path:
        """The scopes that the formula stands in."""
        setting = formula.setting
        if setting.section != self._section:
            self._enter(setting.section, setting.level)
        self._open(formula)
        return (*(number for _, number in self._headings), -self._here, setting.item)

    def _enter(self, section: int, level: int) -> None:
        """A heading; one without formulas before it may have closed any scope."""
        if section != self._section + 1:
            self._headings.clear()
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, section))
        self._section, self._here = section, 0

    def _open(self, formula: Formula) -> None:
        part, offset = self._end
        begin = offset if part == id(formula.part) else 0
        begin = max(begin, formula.start - _BETWEEN)
        if _OPENER.search(formula.part.text, begin, formula.start) is not None:
            self._opened += 1
            self._here = self._opened
        self._end = id(formula.part), formula.start + len(formula.text)


def is_within(place: Path, scope: Path) -> bool:
    """Whether what holds in a scope may hold at a place: the headings and the example around are the same.

    A path ends in the paragraph's opener and the list item, 0 where there is none. A list of givens goes on
    in the next item, so items do not divide.
    """
    headings, around = place[:-2], scope[:-2]
    if headings[: len(around)] != around:
        return False
    return len(headings) > len(around) or scope[-2] in {0, place[-2]}
