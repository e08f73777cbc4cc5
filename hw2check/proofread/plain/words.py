"""Words around numbers: units with their sizes, operators in words, and what makes a reading uncertain."""

from __future__ import annotations

from fractions import Fraction


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SIZES: dict[str, dict[str, tuple[str, Fraction]]] = {
    "time": {
        "second": ("seconds sec secs", Fraction(1)),
        "minute": ("minutes min mins", Fraction(60)),
        "hour": ("hours hr hrs", Fraction(3600)),
        "day": ("days", Fraction(86400)),
        "week": ("weeks wk wks", Fraction(7 * 86400)),
        "month": ("months", Fraction(365 * 86400, 12)),
        "year": ("years yr yrs", Fraction(365 * 86400)),
        "decade": ("decades", Fraction(3650 * 86400)),
        "century": ("centuries", Fraction(36500 * 86400)),
    },
    "length": {
        "millimeter": ("mm millimeters millimetre millimetres", Fraction(1, 1000)),
        "centimeter": ("cm centimeters centimetre centimetres", Fraction(1, 100)),
        "meter": ("meters metre metres", Fraction(1)),
        "kilometer": ("km kilometers kilometre kilometres", Fraction(1000)),
        "inch": ("inches", Fraction(254, 10000)),
        "foot": ("feet ft", Fraction(3048, 10000)),
        "yard": ("yards yd yds", Fraction(9144, 10000)),
        "mile": ("miles mi", Fraction(1609344, 1000)),
    },
    "weight": {
        "milligram": ("mg milligrams", Fraction(1, 1000)),
        "gram": ("grams", Fraction(1)),
        "kilogram": ("kg kgs kilograms kilo kilos", Fraction(1000)),
        "ounce": ("ounces oz", Fraction(28349523125, 10**9)),
        "pound": ("pounds lb lbs", Fraction(45359237, 10**5)),
        "ton": ("tons", Fraction(2000 * 45359237, 10**5)),
    },
    "volume": {
        "milliliter": ("ml mL milliliters millilitre millilitres", Fraction(1, 1000)),
        "liter": ("liters litre litres", Fraction(1)),
        "teaspoon": ("teaspoons tsp", Fraction(473176473, 96 * 10**9)),
        "tablespoon": ("tablespoons tbsp", Fraction(473176473, 32 * 10**9)),
        "cup": ("cups", Fraction(473176473, 2 * 10**9)),
        "pint": ("pints", Fraction(473176473, 10**9)),
        "quart": ("quarts", Fraction(473176473, 5 * 10**8)),
        "gallon": ("gallons gal", Fraction(473176473, 125 * 10**6)),
    },
    "money": {
        "dollar": ("dollars", Fraction(1)),
        "cent": ("cents penny pennies", Fraction(1, 100)),
        "nickel": ("nickels", Fraction(1, 20)),
        "dime": ("dimes", Fraction(1, 10)),
        "quarter": ("quarters", Fraction(1, 4)),
    },
    "count": {
        "pair": ("pairs", Fraction(2)),
        "dozen": ("dozens", Fraction(12)),
        "score": ("", Fraction(20)),
        "hundred": ("hundreds 百", Fraction(100)),
        "thousand": ("thousands k K 千", Fraction(1000)),
        "万": ("萬", Fraction(10**4)),
        "亿": ("億", Fraction(10**8)),
        "million": ("millions", Fraction(10**6)),
        "billion": ("billions", Fraction(10**9)),
        "trillion": ("trillions", Fraction(10**12)),
    },
}
# A unit as written -> what it measures, and its size.
UNITS: dict[str, tuple[str, Fraction]] = {
    spelling: (dimension, size)
    for dimension, units in _SIZES.items()
    for name, (others, size) in units.items()
    for spelling in (name, *others.split())
}
LETTERS = {
    "g": "gram",
    "m": "meter",
    "L": "liter",
    "l": "liter",
    "h": "hour",
    "s": "second",
}  # behind a blank
GLUED = frozenset(UNITS) | {"mph", "kph", "sq", "am", "pm", "px", "lbs", "oz", "cal", "kcal", "kw", "kwh"}

OPERATORS = {"times": "*", "plus": "+", "minus": "-"}  # between two operands
OPERATORS_BY = {"multiplied": "*", "divided": "/"}  # followed by "by"
RELATIONS = _words("equals equal")
POWERS = {"squared": "2", "cubed": "3"}
ARTICLES = _words(
    """the a an another his her their its our my your all those these that this only about just"""
)
FUNCTIONS = _words("""sqrt exp log ln sin cos tan sinh cosh tanh max min relu sigmoid softmax abs""")
NAMES = _words("""alpha beta gamma delta epsilon eta theta lambda mu sigma Loss loss lr MSE BCE CE net""")

# Behind a number they end what can be a side: an operator behind them belongs to something else.
BLOCKING = _words(
    """and or than so then because since if when while which where but until versus vs equals therefore
    thus hence squared cubed"""
)
# Before a side they begin a clause, so that no operator before them matters.
CLAUSES = _words("""is are was were be which so because then equals has have had gets get makes make means""")
# Behind a result they begin something else.
PREPOSITIONS = _words("for in on to from at if as per by every each because so")
# Before a side they change its value: twice 3 + 4.
MODIFIERS = _words(
    """twice thrice double triple quadruple half third quarter fourth fifth tenth halves thirds
    quarters fourths fifths times plus minus less than root square cube negative percent subtracting
    adding multiplying dividing multiplied divided remainder modulo mod"""
)
# Before a number they say that it is a label: day 1.
LABELS = _words(
    "day step week month question problem part level grade room page chapter version no number year"
)
MEANS = _words("average mean")  # of 3 + 5: the sum is not all of it
# Behind a result they say that it is not the whole one.
VAGUE = _words(
    """remainder leftover leftovers rounded rounding approximately about almost nearly roughly R modulo"""
)
