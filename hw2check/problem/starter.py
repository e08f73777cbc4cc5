"""Commented starter files: each is a small worked example that passes `hw2check check` as it stands."""

from __future__ import annotations

_DENSE = """\
# A dense network for hw2check. Replace the numbers by those of your homework, then run
#   hw2check forward FILE     every value, expected beside computed
#   hw2check check FILE       one line, and an exit code: 0 all correct, 1 something is not, 2 cannot be read
# `hw2check schema problem` prints the schema of this file for your editor.

title = "Forward pass through a small dense network"

# "columns": each input is a column of A_in, a layer computes Z = W @ A + b.
# "rows":    each input is a row of A_in, a layer computes Z = A @ W.T + b, as in PyTorch.
batch = "columns"

# The derivative of relu at 0, where it has none: 0 if this line is left out.
relu_derivative_at_0 = 0

# Functions of your own. A layer may name one as its activation.
[functions]
"squash(z)" = "1/(1 + exp(-z))"

# The input, one list per row of the matrix. A number is an integer or a decimal;
# in quotes it may be a fraction "1/2" or any expression without names, "exp(-2)/3".
[given]
A_in = [[1, 2], [0.5, -1]]

# A big matrix may lie in a .npy, .npz or .csv file beside this one:
# A_in = { file = "inputs.csv" }
# A_in = { file = "network.npz", key = "A_in" }

# One [[layer]] each, from the input to the output. The name "1" gives W1, b1, Z1 and A1,
# the name "out" gives W_out, b_out, Z_out and A_out.
[[layer]]
name = "1"
W = [[2, -1], [0, "1/2"], [-1, 1]]   # one row per output, one column per input
b = [0.5, 1, "-3/2"]                 # one entry per output; leave it out for a layer without bias
activation = "relu"                  # or sigmoid, tanh, softmax, ...; leave it out for none

[[layer]]
name = "out"
W = [[1, 2, -1]]
b = [-4]
activation = "squash"

# Optional: the loss is one more value, named Loss. Kinds: squared_error, half_squared_error,
# mean_squared_error, binary_cross_entropy, cross_entropy and more, see the README.
[loss]
kind = "half_squared_error"
target = [[1, 0]]

# What was written down. Write the digits as they stand on paper: a number is right when the
# true value, rounded to as many digits, gives it.
[expected]
Z1 = [[2, 5.5], [1.25, 0.5], [-2, -4.5]]
A1 = { formula = "relu(Z1)", value = [[2, 5.5], [1.25, 0.5], [0, 0]] }   # formula and value
Z_out = [[0.5, 2.5]]
A_out = [[0.622, 0.924]]
Loss = 0.4983

# Optional: what is asked, and for how many points. What is named here and has no answer is missing.
[points]
Z1 = 3
A1 = 2
Z_out = 3
A_out = 2
Loss = 1

# Optional: how to judge numbers, if not by the digits that are written.
[marking]
# decimals = 3       # at least three decimals
# significant = 3    # at least three significant digits
# rtol = 1e-3        # or within a tolerance, whatever the digits
# atol = 1e-6
# strict = true      # a number that is off by one in its last digit is not enough

# Answers may also stand in a file of their own, beginning with a line [answers] and below it the keys of
# [expected]: hw2check forward FILE SUBMISSION
"""

_GRAPH = """\
# A computation graph for hw2check. Replace names, formulas and numbers by those of your homework, then run
#   hw2check backprop FILE    values, partial derivatives, gradients and updates, expected beside computed
#   hw2check check FILE       one line, and an exit code: 0 all correct, 1 something is not, 2 cannot be read
# `hw2check schema problem` prints the schema of this file for your editor.

title = "Backpropagation through one neuron"

# For the updated parameters: w_new = w - learning_rate * dL/dw.
learning_rate = 0.1
parameters = ["w", "b"]

# Where the gradient comes from: either a node that is the loss, so that dL/dL = 1 ...
loss = "L"

# ... or known gradients from above, in a table further down. Then gradients are named dLoss/dw.
# [upstream]
# y = 3                # dLoss/dy

# The derivative of relu at 0, where it has none: 0 if this line is left out.
relu_derivative_at_0 = 0

# Functions of your own, for the formulas below. exp, log, sqrt, sin, cos, tanh, sigmoid, relu, softmax, sum
# and more are built in.
[functions]
"f(z)" = "1/(1 + exp(-z))"

# Inputs and parameters. A number is an integer or a decimal; in quotes it may be a fraction "1/2" or any
# expression without names, "exp(-2)/3". A list is a vector, a list of lists is a matrix.
[given]
x = 2
t = 1
w = 0.5
b = "-1/2"

# A big matrix may lie in a .npy, .npz or .csv file beside this one:
# A = { file = "inputs.csv" }
# A = { file = "network.npz", key = "A" }

# The nodes, in any order: each is a formula in quotes. x5, x_5 and x_{5} are one name.
# Operators: + - * / ^ and, for matrices, @ (product) and .T (transpose).
[nodes]
z = "w*x + b"
y = "f(z)"
L = "(y - t)^2/2"

# What was written down: values, local partials ("dy/dz"), gradients ("dL/dw"), updates (w_new). Write the
# digits as they stand on paper: a number is right when the true value, rounded to as many digits, gives it.
# A formula stands in quotes; it may use any of the names above, and gradients too.
[expected]
z = "1/2"
y = 0.6225
"dz/dw" = "x"
"dy/dz" = "f(z)*(1 - f(z))"
"dL/dy" = "y - t"
"dL/dz" = "dL/dy * dy/dz"
"dL/dw" = { formula = "(y - t)*y*(1 - y)*x", value = -0.177 }   # formula and value
"dL/db" = -0.0887
w_new = 0.5177
b_new = -0.4911

# Optional: what is asked, and for how many points. What is named here and has no answer is missing.
[points]
"dL/dw" = 2
"dL/db" = 2
w_new = 1
b_new = 1

# Optional: how to judge numbers, if not by the digits that are written.
[marking]
# decimals = 3       # at least three decimals
# significant = 3    # at least three significant digits
# rtol = 1e-3        # or within a tolerance, whatever the digits
# atol = 1e-6
# strict = true      # a number that is off by one in its last digit is not enough

# Answers may also stand in a file of their own, beginning with a line [answers] and below it the keys of
# [expected]: hw2check backprop FILE SUBMISSION
"""

STARTERS: dict[str, str] = {"dense": _DENSE, "graph": _GRAPH}
