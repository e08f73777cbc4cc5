r"""The table of LaTeX's commands: what each is in a formula, one row a meaning.

The first word of a row of `_TOKENS` is the kind of the token, the second its text (the command where empty).
A command that is no token is a font, layout without meaning, or takes arguments of its own (`ARGUMENTS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# kind, text, commands
_TOKENS = (
    ("*", "", "cdot times ast bullet"),
    ("star", "", "star"),
    ("odot", "", "odot circ otimes"),
    ("/", "", "div"),
    ("!", "!", "fact"),
    ("frac", "", "frac dfrac tfrac cfrac nicefrac sfrac"),
    ("binom", "", "binom dbinom tbinom"),
    ("sqrt", "", "sqrt"),
    ("letters", "d", "d dd"),
    ("letters", "_", "_"),
    ("derived", "", "dv pdv derivative"),
    ("length", "", "norm"),
    ("int", "", "int iint iiint oint"),
    ("sum", "", "sum"),
    ("prod", "", "prod"),
    ("partial", "", "partial"),
    ("nabla", "", "nabla grad"),
    ("pm", "", "pm mp"),
    ("\\{", "", "lbrace {"),
    ("\\}", "", "rbrace }"),
    ("[", "", "lbrack"),
    ("]", "", "rbrack"),
    ("(", "", "lparen"),
    (")", "", "rparen"),
    ("|", "", "vert lvert rvert"),
    ("norm", "", "| Vert lVert rVert"),
    ("lfloor", "", "lfloor"),
    ("rfloor", "", "rfloor"),
    ("lceil", "", "lceil"),
    ("rceil", "", "rceil"),
    ("langle", "", "langle"),
    ("rangle", "", "rangle"),
    ("mid", "", "mid"),
    ("set", "", "cap cup setminus emptyset varnothing wedge vee neg lnot complement oplus bigcap bigcup"),
    ("quad", "", "quad qquad"),
    ("dots", "", "dots cdots ldots vdots ddots dotsc dotsb dotso dotsm"),
    ("top", "", "top intercal transpose"),
    (">=", "", "ge geq geqslant"),
    ("<=", "", "le leq leqslant"),
    (">", "", "gt"),
    ("<", "", "lt"),
    ("'", "", "prime"),
    ("&", "", "&"),
    ("inf", "", "infty"),
    ("mod", "", "pmod bmod mod pod"),
    ("over", "", "over"),
    ("mark", "", "# dagger ddagger sharp flat natural"),
    ("degree", "", "degree textdegree"),
    # relations: how a link is to be understood
    ("rel", "=", "equiv triangleq coloneqq coloneq doteq eqdef"),
    ("rel", "<-", "leftarrow gets Leftarrow longleftarrow"),
    ("rel", "~", "approx simeq approxeq fallingdotseq cong"),
    (
        "rel",
        "=>",
        "Rightarrow implies iff Leftrightarrow therefore Longrightarrow Longleftrightarrow because",
    ),
    ("rel", "no", "in notin to rightarrow mapsto subset subseteq colon forall longrightarrow longmapsto"),
    ("rel", "no", "hookrightarrow ni exists supset supseteq"),
    ("rel", "!=", "neq ne"),
    ("rel", "?", "asymp sim propto ll gg perp parallel succ prec preceq succeq"),
    # letters
    ("word", "", "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"),
    ("word", "", "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"),
    ("word", "epsilon", "varepsilon"),
    ("word", "theta", "vartheta"),
    ("word", "phi", "varphi"),
    ("word", "l", "ell"),
    ("word", "", "hbar varsigma varrho varpi"),
    # functions
    ("word", "", "exp log ln sin cos tan sinh cosh tanh max min relu ReLU softmax sigmoid abs sgn sign"),
    (
        "operator",
        "",
        "det lg arcsin arccos arctan cot sec csc coth sup inf gcd lim dim ker deg arg argmax argmin Pr",
    ),
    # accents
    ("accent", "hat", "hat widehat"),
    ("accent", "bar", "bar overline"),
    ("accent", "tilde", "tilde widetilde"),
    ("accent", "dot", "dot"),
    ("accent", "ddot", "ddot"),
    ("accent", "check", "check"),
)

KNOWN: Mapping[str, tuple[str, str]] = {
    command: (kind, text or command) for kind, text, commands in _TOKENS for command in commands.split()
}
RELATION_COMMANDS = tuple(command for command, (kind, _) in KNOWN.items() if kind == "rel")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A word in one of these is one name; in WORDED it may be a remark.
FONTS = _words(
    """mathrm mathbf mathit mathcal mathbb mathsf mathtt mathscr mathfrak boldsymbol bm bold pmb rm bf
    operatorname operatorname* text textbf textit textrm mbox textup textsf texttt mathop mathnormal vec
    overrightarrow underline emph mathbin mathrel mathord mathds symbf symbfit"""
)
WORDED = _words("text textbf textit textrm mbox textup textsf texttt emph")
OPERATORS = _words("operatorname operatorname* mathop")

# Layout without a meaning of its own.
NOISE = _words(
    """left right ds big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm biggm Biggm
    limits nolimits displaystyle textstyle scriptstyle scriptscriptstyle nonumber notag hline strut
    smash middle rm bf it sf tt mathstrut ensuremath cr allowbreak nobreak noindent centering tiny
    scriptsize footnotesize small normalsize large Large LARGE huge Huge pause relax protect hfill hfil
    newline linebreak nolinebreak qedhere boldmath unboldmath bfseries itshape toprule midrule
    bottomrule nobreakspace thinspace medspace thickspace enspace negthinspace"""
)


class Arguments(NamedTuple):
    """The arguments of a command that only shows something differently."""

    dropped: int = 0  # groups that are taken away, with their content
    overlay: bool = False  # whether <2-> may stand before the groups
    optional: bool = False  # whether [..] may stand before the groups
    kind: str = ""  # of its token: a "box" may hold an equation, a remark may follow a "brace"


# arguments, commands
_ARGUMENTS = (
    (
        Arguments(1),
        """label tag tag* phantom vphantom hphantom hspace hspace* vspace vspace* ref eqref color cite
        footnote cline cmidrule rule footnotemark""",
    ),
    (Arguments(kind="length"), "kern mkern hskip mskip"),
    (Arguments(1, kind="box"), "textcolor colorbox overset underset stackrel"),
    (Arguments(optional=True, kind="box"), "answer resp"),
    (Arguments(1, kind="row"), "intertext shortintertext"),
    (Arguments(2, kind="box"), "fcolorbox"),
    (Arguments(kind="box"), "boxed fbox framebox cancel bcancel xcancel sout hl mathclap mathllap mathrlap"),
    (Arguments(overlay=True, kind="box"), "onslide only uncover visible alert action"),
    (Arguments(kind="brace"), "underbrace overbrace underbracket overbracket"),
)
ARGUMENTS: Mapping[str, Arguments] = {
    command: arguments for arguments, commands in _ARGUMENTS for command in commands.split()
}

CHARACTERS: Mapping[str, tuple[str, str]] = {
    character: (kind, text or character)
    for kind, text, characters in (
        ("-", "", "−–"),
        ("*", "", "·⋅×∗•"),
        ("odot", "", "⊙∘"),
        ("/", "", "÷⁄∕"),
        ("partial", "", "∂"),
        ("sum", "", "∑Σ"),
        ("prod", "", "∏"),
        ("nabla", "", "∇"),
        ("sqrt", "", "√"),
        ("pm", "", "±∓"),
        ("dots", "", "…⋯"),
        (">=", "", "≥⩾"),
        ("<=", "", "≤⩽"),
        ("'", "", "′’"),
        ("top", "", "⊤"),
        ("norm", "", "‖∥"),
        ("mid", "", "∣"),
        ("lfloor", "", "⌊"),
        ("rfloor", "", "⌋"),
        ("lceil", "", "⌈"),
        ("rceil", "", "⌉"),
        ("langle", "", "⟨〈"),
        ("rangle", "", "⟩〉"),
        ("inf", "", "∞"),
        ("degree", "", "°"),
        ("rel", "=", "=≡≔≜"),
        ("rel", "<-", "←"),
        ("rel", "~", "≈≃≅"),
        ("rel", "=>", "⇒⇔⟹⟺∴"),
        ("rel", "no", "→↦∈∉⊂⊆∀∃"),
        ("rel", "!=", "≠"),
        ("rel", "?", "∝∼≪≫"),
        ("colon", ":", ":："),
        ("stop", ".", ".。"),
        (",", "", "，、"),
        (";", "", "；"),
        ("(", "", "（"),
        (")", "", "）"),
    )
    for character in characters
}
RELATION_CHARACTERS = tuple(character for character, (kind, _) in CHARACTERS.items() if kind == "rel")
