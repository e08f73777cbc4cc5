"""Derivatives of scalar expressions by the rules of calculus, applied by hand, rightly or with one mistake.

SymPy derives what answers are judged by (symbolic.py). These rules are the second, independent derivation
that checks it, and the source of the mistakes that people make in deriving: each rule also knows how it goes
wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from hw2check.formula.functions import ACTIVATIONS, ARGUMENTS, EXTREMES, FUNCTIONS
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Compare,
    Div,
    Expression,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    add,
    children,
    mul,
    names,
    number,
    rebuild,
    shape_of,
    substitute,
    walk,
)

Variant = tuple[str, Expression]  # the code of the mistake, empty for the right derivative, and the result

MAX_VARIANTS = 400  # of one derivative


def derivative_by_rules(
    expression: Expression, name: str, relu_at_zero: Expression | None = None
) -> Expression:
    """The derivative of a scalar expression by one of its names.

    relu_at_zero  what the problem takes as relu'(0), None for 0
    Raises KeyError for what has no scalar meaning, and for functions without a first derivative rule here.
    """
    shape, meant = shape_of(expression)
    placeholder = next((own for own, spelt in meant.items() if spelt == name), None)
    if placeholder is None:
        return ZERO
    derived = _variants(shape, placeholder)[0][1]
    if relu_at_zero is not None:
        derived = _with_slope_at_zero(derived, relu_at_zero)
    return substitute(derived, {own: Name(spelt) for own, spelt in meant.items()})


def _with_slope_at_zero(expression: Expression, at_zero: Expression) -> Expression:
    operands = tuple(_with_slope_at_zero(operand, at_zero) for operand in children(expression))
    if isinstance(expression, Call) and expression.function == "relu'":
        return Call("relu'", (operands[0], at_zero))
    return rebuild(expression, operands) if operands else expression


def derived_size(expression: Expression, name: str) -> int:
    """About how many parts the derivative by one name has, without deriving it."""
    if name not in names(expression):
        return 1
    own = sum(1 for _ in walk(expression))
    depending = [operand for operand in children(expression) if name in names(operand)]
    copies = 1 if isinstance(expression, Add) else len(depending)
    return sum(derived_size(operand, name) for operand in depending) + copies * own


def faulty_derivatives(expression: Expression, name: str) -> Iterator[Variant]:
    """The derivatives that come out when exactly one step of deriving goes wrong, each with its code."""
    return (variant for variant in _variants(expression, name)[1:MAX_VARIANTS])


@lru_cache(maxsize=4096)
def _variants(expression: Expression, name: str) -> tuple[Variant, ...]:
    """The right derivative first, then each that has one mistake."""
    if name not in names(expression):
        return (("", ZERO),)
    match expression:
        case Name():
            return (("", ONE),)
        case Neg(operand):
            return tuple((code, mul(Neg(ONE), inner)) for code, inner in _variants(operand, name))
        case Add(terms):
            return _combined(add, [_variants(term, name) for term in terms])
        case Mul(factors):
            return _product(factors, name)
        case Div(numerator, denominator):
            return _quotient(numerator, denominator, name)
        case Pow(base, exponent):
            return _power(base, exponent, name)
        case Compare():
            return (("", ZERO),)
        case Call(_, arguments) if len(arguments) >= 1:
            return _call(expression, name)
    raise KeyError(type(expression).__name__)


def _combined(
    operation: Callable[..., Expression], parts: list[tuple[Variant, ...]], extra: Iterable[Variant] = ()
) -> tuple[Variant, ...]:
    """The operation on the right parts, then with each part in turn replaced by its faulty variants."""
    right = [variants[0][1] for variants in parts]
    result = [("", operation(*right)), *extra]
    for position, variants in enumerate(parts):
        for code, faulty in variants[1:]:
            replaced = [*right[:position], faulty, *right[position + 1 :]]
            result.append((code, operation(*replaced)))
    return tuple(result[:MAX_VARIANTS])


def _product(factors: tuple[Expression, ...], name: str) -> tuple[Variant, ...]:
    """(uv)' = u'v + uv'"""
    derived = [_variants(factor, name) for factor in factors]

    def rule(*slopes: Expression) -> Expression:
        return add(*(mul(*factors[:i], slope, *factors[i + 1 :]) for i, slope in enumerate(slopes)))

    right = [variants[0][1] for variants in derived]
    depending = [i for i, slope in enumerate(right) if slope != ZERO]
    faults: list[Variant] = []
    if len(depending) > 1:
        for i in depending:
            kept = [slope if i == j else ZERO for j, slope in enumerate(right)]
            faults.append(("product-rule", rule(*kept)))
        faults.append(
            ("product-rule", mul(*(right[i] if i in depending else f for i, f in enumerate(factors))))
        )
    return _combined(rule, derived, faults)


def _quotient(u: Expression, v: Expression, name: str) -> tuple[Variant, ...]:
    """(u/v)' = (u'v - uv')/v^2"""
    upper, lower = _variants(u, name), _variants(v, name)
    squared = Pow(v, number(2))

    def rule(du: Expression, dv: Expression) -> Expression:
        if dv == ZERO:
            return Div(du, v) if du != ZERO else ZERO
        return Div(add(mul(du, v), mul(Neg(ONE), u, dv)), squared)

    du, dv = upper[0][1], lower[0][1]
    faults: list[Variant] = []
    if dv != ZERO:
        over = add(mul(du, v), mul(Neg(ONE), u, dv))
        faults = [
            ("denominator-not-squared", Div(over, v)),
            ("quotient-rule-sign", Div(add(mul(du, v), mul(u, dv)), squared)),
        ]
        if du != ZERO:
            faults += [
                ("quotient-rule-term", Div(mul(du, v), squared)),
                ("quotient-rule-term", Div(mul(Neg(ONE), u, dv), squared)),
                ("quotient-rule-term", Div(du, dv)),
            ]
        else:
            faults.append(("denominator-missing", mul(Neg(ONE), u, dv)))
    return _combined(rule, [upper, lower], faults)


def _power(base: Expression, exponent: Expression, name: str) -> tuple[Variant, ...]:
    """(u^n)' = n u^(n-1) u', and (u^v)' = u^v (v' log u + v u'/u)"""
    inner, outer = _variants(base, name), _variants(exponent, name)
    if outer[0][1] != ZERO:

        def general(du: Expression, dv: Expression) -> Expression:
            change = add(mul(dv, Call("log", (base,))), mul(exponent, Div(du, base)) if du != ZERO else ZERO)
            return mul(Pow(base, exponent), change)

        return _combined(general, [inner, outer])
    reduced = _reduced(base, exponent)
    du = inner[0][1]
    faults = [
        ("power-rule", mul(reduced, du)),
        ("power-rule", mul(exponent, Pow(base, exponent), du)),
    ]
    if du != ONE:
        faults.append(("missing-inner-derivative", mul(exponent, reduced)))
    return _combined(lambda slope: mul(exponent, reduced, slope), [inner], faults)


def _reduced(base: Expression, exponent: Expression) -> Expression:
    if isinstance(exponent, Number):
        left = exponent.numeral.value - 1
        return ONE if left == 0 else base if left == 1 else Pow(base, number(left))
    return Pow(base, Add((exponent, Neg(ONE))))


def _call(expression: Call, name: str) -> tuple[Variant, ...]:
    """f(u)' = f'(u) u', summed over the arguments that depend on the name."""
    if expression.function in EXTREMES:
        return _extreme(expression, name)
    if expression.function in {"sum", "mean", "max", "min"}:  # of one scalar
        return _variants(expression.arguments[0], name)
    depending = [i for i, argument in enumerate(expression.arguments) if name in names(argument)]
    slopes = [slope_of(expression, i) for i in depending]
    inner = [_variants(expression.arguments[i], name) for i in depending]
    faults: list[Variant] = []
    if depending == [0]:
        du = inner[0][0][1]
        faults = [(code, mul(faulty, du)) for code, faulty in _wrong_slopes(expression)]
        if du != ONE:
            faults.append(("missing-inner-derivative", slopes[0]))
    return _combined(lambda *rights: add(*map(mul, slopes, rights)), inner, faults)


def slope_of(call: Call, argument: int = 0, relu_at_zero: Expression = ZERO) -> Expression:
    """The derivative of an elementwise call by one of its arguments, counted from 0.

    Raises KeyError for a function without a rule for that argument.
    """
    if call.function in EXTREMES:
        return _taken(call, argument)
    form = slope_form(call.function, argument, relu_at_zero)
    return substitute(form, dict(zip(ARGUMENTS, _with_defaults(call), strict=False)))


@lru_cache(maxsize=512)
def slope_form(function: str, argument: int = 0, relu_at_zero: Expression = ZERO) -> Expression:
    """The derivative of an elementwise function by one argument, as a formula in ARGUMENTS; or KeyError."""
    slopes = FUNCTIONS[function].slopes
    if argument >= len(slopes):
        raise KeyError(function)
    resolve = {name: name for name in ARGUMENTS}.get
    return parse(slopes[argument], Vocabulary(resolve, relu_at_zero=relu_at_zero))


def _with_defaults(call: Call) -> tuple[Expression, ...]:
    function = FUNCTIONS[call.function]
    left_out = function.defaults[len(call.arguments) - function.least :]
    return (*call.arguments, *map(parse, left_out)) if left_out else call.arguments


def _taken(call: Call, position: int) -> Expression:
    """1 where max or min of several takes that argument, half where another is equal."""
    argument = call.arguments[position]
    others = (*call.arguments[:position], *call.arguments[position + 1 :])
    other = others[0] if len(others) == 1 else Call(call.function, others)
    ahead = (argument, Neg(other)) if call.function == "maximum" else (other, Neg(argument))
    return Call("step", (Add(ahead),))


def _wrong_slopes(call: Call) -> Iterator[Variant]:
    """The derivative of the activation left out, taken at the activation's value, or half done."""
    (argument, *_) = call.arguments
    slope = slope_of(call)
    if call.function in ACTIVATIONS:
        yield "activation-derivative-missing", ONE
    yield "function-not-derived", call
    if call.function == "sigmoid":
        yield "sigmoid-derivative-half", call
        yield "sigmoid-derivative-half", Add((ONE, Neg(call)))
        yield "derivative-at-activation", mul(argument, Add((ONE, Neg(argument))))
    if call.function == "tanh":
        yield "derivative-at-activation", Add((ONE, Neg(Pow(argument, number(2)))))
        yield "tanh-derivative-half", Add((ONE, Neg(call)))
    if call.function in ACTIVATIONS and call.function != "softplus":
        yield "derivative-at-activation", slope_of(Call(call.function, (call, *call.arguments[1:])))
    if call.function in {"cos", "sin"}:
        yield "derivative-sign", mul(Neg(ONE), slope)


def _extreme(call: Call, name: str) -> tuple[Variant, ...]:
    """Of two arguments, the one that is taken passes its derivative on; halves where both are equal."""
    first, *others = call.arguments
    if not others:
        return _variants(first, name)
    second = others[0] if len(others) == 1 else Call(call.function, tuple(others))
    ahead = Add((first, Neg(second))) if call.function == "maximum" else Add((second, Neg(first)))
    take, leave = Call("step", (ahead,)), Call("step", (Neg(ahead),))
    left, right = _variants(first, name), _variants(second, name)
    return _combined(lambda a, b: add(mul(take, a), mul(leave, b)), [left, right])
