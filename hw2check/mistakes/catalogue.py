"""The catalogue of mistakes that a hint may name: what each code means, with a worked example."""

from __future__ import annotations

from hw2check.mistakes import chaining, deriving, edits, updating
from hw2check.mistakes.mistake import Edit, Mistake

Row = (
    Mistake
    | tuple[str, int, str, str]
    | tuple[str, int, str, str, Edit]
    | tuple[str, int, str, str, Edit, str]
)


def _catalogue(*rows: Row) -> dict[str, Mistake]:
    return {row[0]: Mistake(*row) for row in rows}


MISTAKES = _catalogue(
    # numbers
    ("sign", 1, "the sign is wrong", "-0.001 written as 0.001"),
    ("power-of-ten", 1, "the decimal point is moved", "0.002 written as 0.02"),
    ("truncated", 1, "digits are cut off instead of rounded", "0.0016 written as 0.001"),
    ("last-digit", 1, "only the last digit is off", "0.1234 written as 0.1237"),
    ("digits-swapped", 1, "two neighbouring digits are swapped", "0.5932 written as 0.5923"),
    (
        "factor-2",
        2,
        "a factor 2 is missing or too much",
        "2*x written as x, or (t - o)^2/2 taken without the half",
    ),
    (
        "reciprocal",
        2,
        "numerator and denominator are swapped",
        "1/4 written as 4",
        edits.reciprocal,
        "reciprocal",
    ),
    # sums, products, powers
    Mistake(
        "sign-of-term",
        2,
        "one term has the wrong sign",
        "a - b written as a + b",
        edits.sign_of_term,
        "sign-of-term",
        chaining=chaining.sign_of_path,
    ),
    (
        "missing-term",
        2,
        "one term of a sum is missing",
        "a + b + c written as a + c",
        edits.missing_term,
        "extra-term",
    ),
    (
        "missing-factor",
        2,
        "one factor of a product is missing",
        "a*b*c written as a*c",
        edits.missing_factor,
        "extra-factor",
    ),
    ("extra-term", 2, "a sum has one term too many", "a + b written as a + b + c"),
    ("extra-factor", 2, "a product has one factor too many", "a*b written as a*b*c"),
    (
        "sum-for-product",
        3,
        "a sum is taken where a product is meant",
        "a*b written as a + b",
        edits.sum_for_product,
        "product-for-sum",
    ),
    (
        "product-for-sum",
        3,
        "a product is taken where a sum is meant",
        "a + b written as a*b",
        edits.product_for_sum,
        "sum-for-product",
    ),
    (
        "product-for-quotient",
        3,
        "a product is taken where a quotient is meant",
        "a/b written as a*b",
        edits.product_for_quotient,
        "quotient-for-product",
    ),
    Mistake(
        "denominator-missing",
        2,
        "the denominator is missing",
        "a/b written as a",
        edits.missing_denominator,
        deriving=deriving.denominator_missing,
    ),
    (
        "quotient-for-product",
        3,
        "a quotient is taken where a product is meant",
        "a*b written as a/b",
        edits.quotient_for_product,
        "product-for-quotient",
    ),
    ("extra-power", 2, "a power is taken that should not be", "x written as x^2"),
    ("exponent-missing", 2, "a power is left out", "x^2 written as x", edits.missing_exponent, "extra-power"),
    (
        "exponent-as-factor",
        3,
        "the exponent is taken as a factor",
        "x^3 written as 3*x",
        edits.exponent_as_factor,
    ),
    (
        "power-of-sum",
        2,
        "a power of a sum is taken term by term",
        "(a + b)^2 written as a^2 + b^2",
        edits.power_of_sum,
    ),
    (
        "root-of-sum",
        2,
        "a root of a sum is taken term by term",
        "sqrt(a + b) written as sqrt(a) + sqrt(b)",
        edits.root_of_sum,
    ),
    (
        "fraction-of-sum",
        2,
        "a fraction with a sum below is taken apart, a term at a time",
        "a/(b + c) written as a/b + a/c",
        edits.fraction_of_sum,
    ),
    (
        "exp-of-sum",
        2,
        "exp of a sum is taken term by term",
        "exp(a + b) written as exp(a) + exp(b)",
        edits.exp_of_sum,
    ),
    (
        "log-of-sum",
        2,
        "log of a sum is taken term by term",
        "log(a + b) written as log(a) + log(b)",
        edits.log_of_sum,
    ),
    (
        "log-of-product",
        2,
        "log of a product is taken as a product of logs",
        "log(a*b) written as log(a)*log(b)",
        edits.log_of_product,
    ),
    (
        "sign-of-argument",
        2,
        "the argument of a function has the wrong sign",
        "exp(-x) written as exp(x)",
        edits.sign_of_argument,
        "sign-of-argument",
    ),
    ("function-missing", 3, "a function is left out", "exp(x) written as x", edits.missing_function),
    ("wrong-name", 3, "another quantity is used in its place", "x6 written where x7 is meant"),
    # deriving
    *deriving.ROWS,
    (
        "softmax-derivative-swapped",
        2,
        "the cases i = j and i != j of the softmax derivative are swapped",
        "s1*(1 - s1) written as -s1*s2",
    ),
    (
        "wrong-partial",
        3,
        "the partial derivative by another input is used",
        "dx6/dx3 used where dx6/dx2 is meant",
    ),
    # the chain rule
    *chaining.ROWS,
    # updates
    *updating.ROWS,
    (
        "other-learning-rate",
        3,
        "right with another learning rate",
        "with learning rate 0.1, a - 0.1*g written as a - 0.01*g",
    ),
    (
        "plain-descent",
        2,
        "right for plain gradient descent, without the optimiser's own rule",
        "with momentum, a - 0.1*v written as a - 0.1*g",
    ),
    (
        "other-momentum",
        2,
        "right for Nesterov's momentum where the usual one is asked, or the reverse",
        "a - 0.1*v written as a - 0.1*(g + 0.9*v)",
    ),
    (
        "bias-correction-missing",
        2,
        "right for Adam without the correction of the bias",
        "m/(1 - 0.9^t) written as m",
    ),
    # conventions of the loss
    (
        "half-in-loss",
        2,
        "right if the loss were half the square, or the whole one",
        "for (y - t)^2, its slope 2*(y - t) written as y - t",
    ),
    (
        "other-reduction",
        2,
        "right if the loss were a mean where it is a sum, or the reverse",
        "over a batch of 4, the slope of the mean written four times as large",
    ),
    (
        "updated-value-used",
        3,
        "an already updated parameter is used",
        "b is updated with the gradient at the new a, not at the old one",
    ),
    # matrices
    ("transposed", 1, "the matrix is transposed", "[[1, 2], [3, 4]] written as [[1, 3], [2, 4]]"),
    (
        "transpose-missing",
        2,
        "a transpose is missing",
        "W.T @ d written as W @ d",
        edits.missing_transpose,
        "transposed-factor",
    ),
    (
        "transposed-factor",
        2,
        "a factor is transposed that should not be",
        "W @ a written as W.T @ a",
        edits.transposed_factor,
        "transpose-missing",
    ),
    (
        "factors-swapped",
        2,
        "the factors of a matrix product are swapped",
        "W @ A written as A @ W",
        edits.swapped_factors,
        "factors-swapped",
    ),
    (
        "elementwise-product",
        2,
        "an elementwise product is taken for a matrix product",
        "W @ A written as W * A",
        edits.elementwise_product,
    ),
    ("bias-missing", 2, "the bias is missing", "W @ A + b written as W @ A", edits.missing_bias),
    (
        "bias-wrong-axis",
        2,
        "the bias is added along the wrong axis",
        "b is added to every row instead of every column",
        edits.turned_bias,
    ),
    (
        "activation-missing",
        2,
        "the activation is missing",
        "A1 = relu(Z1) written as Z1",
        edits.missing_activation,
    ),
    (
        "wrong-activation",
        2,
        "another activation is used",
        "relu(Z1) where sigmoid(Z1) is meant",
        edits.wrong_activation,
        "wrong-activation",
    ),
    (
        "softmax-axis",
        2,
        "softmax is taken along the wrong axis",
        "softmax over the batch instead of the classes",
        edits.other_softmax_axis,
    ),
    (
        "sum-axis",
        2,
        "the sum is taken along the wrong axis",
        "sum(d, axis=1) written as sum(d, axis=0)",
        edits.other_sum_axis,
    ),
    ("batch-swapped", 1, "the inputs of the batch are in another order", "the columns of Z1 are exchanged"),
    (
        "units-swapped",
        1,
        "the units of the layer are in another order",
        "two rows of Z1 are exchanged, each column being one input",
    ),
    ("entries-swapped", 1, "two entries are exchanged", "[[1, 2], [3, 4]] written as [[4, 2], [3, 1]]"),
    (
        "sum-for-mean",
        2,
        "a sum is taken where a mean is meant, or the reverse",
        "mean(x) written as sum(x)",
        edits.sum_for_mean,
        "sum-for-mean",
    ),
)
