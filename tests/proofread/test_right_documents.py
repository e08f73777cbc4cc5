"""Small right documents in the styles that courses write: nothing in them is wrong, and a changed result is found."""

# ruff: noqa: E501 - documents as they are written

from __future__ import annotations

import re

import pytest

from hw2check.proofread.proof import Link
from tests.proofread.test_steps import proof

DOCUMENTS = (
    r"""Logits $z = [2.0, 1.0, 0.1]$.

$e^{2.0} = 7.389$, $e^{1.0} = 2.718$, $e^{0.1} = 1.105$. The sum is $7.389 + 2.718 + 1.105 = 11.212$.

$p_1 = \frac{7.389}{11.212} = 0.659$, $p_2 = \frac{2.718}{11.212} = 0.242$, $p_3 = \frac{1.105}{11.212} = 0.099$

$L = -\log(0.659) = 0.417$""",
    r"""$net_{h1} = w_1 * i_1 + w_2 * i_2 + b_1 * 1$

$net_{h1} = 0.15 * 0.05 + 0.2 * 0.1 + 0.35 * 1 = 0.3775$

$out_{h1} = \frac{1}{1+e^{-net_{h1}}} = \frac{1}{1+e^{-0.3775}} = 0.593269992$

$out_{h2} = 0.596884378$

$net_{o1} = 0.4 * 0.593269992 + 0.45 * 0.596884378 + 0.6 * 1 = 1.105905967$

$out_{o1} = \frac{1}{1+e^{-1.105905967}} = 0.75136507$

$E_{o1} = \frac{1}{2}(0.01 - 0.75136507)^{2} = 0.274811083$

$E_{total} = 0.274811083 + 0.023560026 = 0.298371109$

$\frac{\partial E_{total}}{\partial w_5} = 0.74136507 * 0.186815602 * 0.593269992 = 0.082167041$

$w_5^{+} = w_5 - \eta * \frac{\partial E_{total}}{\partial w_5} = 0.4 - 0.5 * 0.082167041 = 0.35891648$""",
    r"""With $x = -2, y = 5, z = -4$ we have $q = x + y = 3$ and $f = q z = -12$. Then $\frac{\partial f}{\partial z} = q = 3$, $\frac{\partial f}{\partial q} = z = -4$ and so $\frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} \frac{\partial q}{\partial x} = -4 \cdot 1 = -4$.""",
    r"""Sea $x = 0{,}5$ y $w = 0{,}8$. Entonces $z = w x + 0{,}1 = 0{,}5$.

$\sigma(0{,}5) = 0{,}622$

La pérdida es $L = (1 - 0{,}622)^2 = 0{,}143$.""",
    r"""Gegeben sind $x = 0{,}5$ und $w = 0{,}8$. Dann ist $z = w \cdot x = 0{,}4$.

$\frac{1}{1+e^{-0{,}4}} = 0{,}599$

Der Fehler ist $E = \frac12 (1 - 0{,}599)^2 = 0{,}0804$.""",
    r"""已知 $x = 2$，$w = 3$，$b = 1$。则 $z = wx + b = 7$。

损失 $L = (z - 5)^2 = 4$，因此 $\frac{\partial L}{\partial z} = 2(z-5) = 4$，$\frac{\partial L}{\partial w} = 4 \cdot 2 = 8$。

更新：$w = w - 0.1 \times 8 = 2.2$。

于是 $z = 2.2 \times 2 + 1 = 5.4$""",
    r"""\textbf{Problem 1.} Let $\theta = [1, 2]^T$ and $\theta_0 = -1$. For $x = (3, 1)$ we get $\theta \cdot x + \theta_0 = 1 \cdot 3 + 2 \cdot 1 - 1 = 4$.

\textbf{Problem 2.} Let $\theta = [2, 0]^T$ and $\theta_0 = 1$. For $x = (3, 1)$ we get $\theta \cdot x + \theta_0 = 2 \cdot 3 + 0 \cdot 1 + 1 = 7$.

The distance is $\frac{7}{\|\theta\|} = \frac{7}{2} = 3.5$.""",
    r"""**Epoch 1.** $w = 0.5$, $\hat y = 2 w = 1$, $L = (1 - 3)^2 = 4$, $\frac{dL}{dw} = 2(1-3) \cdot 2 = -8$, $w = 0.5 + 0.1 \cdot 8 = 1.3$.

**Epoch 2.** $\hat y = 2 w = 2.6$, $L = (2.6 - 3)^2 = 0.16$, $\frac{dL}{dw} = 2(2.6-3) \cdot 2 = -1.6$, $w = 1.3 + 0.16 = 1.46$.""",
    r"""For $y = 1$ and $\hat y = 0.8$: $L = -[y \log \hat y + (1-y) \log(1 - \hat y)] = -\log 0.8 = 0.2231$.

For $y = 0$ and $\hat y = 0.3$: $L = -\log(1 - 0.3) = 0.3567$.

The mean is $\frac{0.2231 + 0.3567}{2} = 0.2899$.""",
    r"""The output size is $\frac{W - F + 2P}{S} + 1$. With $W = 32, F = 5, P = 2, S = 1$: $\frac{32 - 5 + 2 \cdot 2}{1} + 1 = 32$. With $W = 227, F = 11, P = 0, S = 4$: $\frac{227 - 11}{4} + 1 = 55$. Parameters: $5 \cdot 5 \cdot 3 + 1 = 76$ each, $76 \cdot 10 = 760$.""",
    r"""$H(S) = -\frac{9}{14}\log_2\frac{9}{14} - \frac{5}{14}\log_2\frac{5}{14} = 0.940$

$H(S_{weak}) = -\frac{6}{8}\log_2\frac{6}{8} - \frac{2}{8}\log_2\frac{2}{8} = 0.811$

$Gain = 0.940 - \frac{8}{14} \cdot 0.811 - \frac{6}{14} \cdot 1.00 = 0.048$""",
    r"""$P(A) = 0.01$, $P(B|A) = 0.9$, $P(B|\neg A) = 0.05$.

$P(B) = 0.9 \cdot 0.01 + 0.05 \cdot 0.99 = 0.0585$

$P(A|B) = \frac{0.009}{0.0585} = 0.154$""",
    r"""$\mu = \frac{1 + 2 + 3 + 4}{4} = 2.5$, $\sigma^2 = \frac{(1-2.5)^2 + (2-2.5)^2 + (3-2.5)^2 + (4-2.5)^2}{4} = 1.25$, $\hat x_1 = \frac{1 - 2.5}{\sqrt{1.25}} = -1.342$""",
    r"""$W = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$, $x = \begin{bmatrix} 1 \\ -1 \end{bmatrix}$. Then $W x = \begin{bmatrix} -1 \\ -1 \end{bmatrix}$, $\text{ReLU}(W x) = \begin{bmatrix} 0 \\ 0 \end{bmatrix}$, $W^T = \begin{bmatrix} 1 & 3 \\ 2 & 4 \end{bmatrix}$ and $\det W = -2$.""",
    r"""$m_1 = 0.9 \cdot 0 + 0.1 \cdot 2 = 0.2$, $v_1 = 0.999 \cdot 0 + 0.001 \cdot 4 = 0.004$, $\hat m_1 = \frac{0.2}{1 - 0.9} = 2$, $\hat v_1 = \frac{0.004}{1 - 0.999} = 4$, $w_1 = 1 - 0.1 \cdot \frac{2}{\sqrt 4} = 0.9$. Next, $m_2 = 0.9 \cdot 0.2 + 0.1 \cdot 1 = 0.28$.""",
    r"""Soit $f(x) = x^2 + 3x$. Alors $f'(x) = 2x + 3$ et donc $f'(2) = 7$. Soit maintenant $f(x) = \sin x$. Alors $f'(0) = 1$ et $f(0) = 0$.""",
    r"""\begin{align}
z^{[1]} &= w x + b \\
&= 0.5 \times 2 + 0.1 = 1.1 \\
a^{[1]} &= \tanh(1.1) = 0.8005 \\
\delta &= (0.8005 - 1)(1 - 0.8005^2) \\
&= -0.1995 \times 0.3592 \\
&= -0.0717
\end{align}""",
    r"""$q \cdot k = 1 \cdot 0 + 0 \cdot 1 + 1 \cdot 1 = 1$, $\frac{1}{\sqrt{3}} \approx 0.577$, $\text{softmax}([0.577, 1.155]) \approx [0.36, 0.64]$""",
    r"""The slope at $w = 3$ of $L = w^2$ is $\frac{dL}{dw} = 2w = 6$. If instead $w = 5$, then $\frac{dL}{dw} = 10$. For $w = 3$ the update is $w - 0.1 \cdot 6 = 2.4$.""",
    r"""The total is 0.3*0.5 + 0.2*0.6 = 0.27, so 1 - 0.27 = 0.73. Error: (0.27 - 1)^2 = 0.5329.""",
    r"""Accuracy is $\frac{45 + 40}{100} = 85\%$. Precision is $\frac{45}{45+10} = 0.818 \approx 82\%$, recall $\frac{45}{45+5} = 90\%$ and $F_1 = \frac{2 \cdot 0.818 \cdot 0.9}{0.818 + 0.9} = 0.857$.""",
    r"""Gini$(D) = 1 - (0.6)^2 - (0.4)^2 = 0.48$. $\Delta = 0.48 - \frac{5}{10} \times 0.32 - \frac{5}{10} \times 0 = 0.32$.""",
    r"""$\|x\| = \sqrt{3^2 + 4^2} = 5$, $\cos\theta = \frac{1 \cdot 3 + 2 \cdot 4}{\sqrt{5} \cdot 5} = \frac{11}{11.18} = 0.984$""",
    r"""$\sum_{i=1}^{4} i^2 = 1 + 4 + 9 + 16 = 30$, $\bar x = \frac{1}{3}(2 + 4 + 9) = 5$, $s^2 = \frac{9 + 1 + 16}{2} = 13$""",
    r"""Consider $f(x) = x^2 - 4x + 7$. The minimum is where $f'(x) = 2x - 4 = 0$, so $x = 2$ and $f(2) = 3$.""",
    r"""Let $X \sim N(3, 4)$. Then $E[X] = 3$, $Var(X) = 4$, $E[2X + 1] = 2 \cdot 3 + 1 = 7$, $Var(2X) = 4 \cdot 4 = 16$.""",
    r"""For $n = 3$: $n! = 6$; for $n = 4$: $n! = 24$; for $n = 5$: $n! = 120$.""",
    r"""Forward pass: $h = \max(0, 1 \cdot 2 + (-3) \cdot 1) = \max(0, -1) = 0$. In the second sample $h = \max(0, 1 \cdot 2 + 3 \cdot 1) = 5$.""",
    r"""| x | y | y - 2x |
|---|---|---|
| 1 | 3 | $3 - 2 = 1$ |
| 2 | 5 | $5 - 4 = 1$ |""",
    r"""The learning rate decays: $\eta_1 = 0.1 \cdot 0.9 = 0.09$, $\eta_2 = 0.09 \cdot 0.9 = 0.081$, so after ten steps $\eta_{10} = 0.1 \cdot 0.9^{10} \approx 0.0349$.""",
    r"""We have $w_1 = 0.2, w_2 = 0.4$. Cambiando $w_1 = 0.3$ obtenemos $w_1 + w_2 = 0.7$.""",
    r"""Step 1: $x_1 = 4 - 0.1 \cdot 8 = 3.2$. Step 2: $x_2 = 3.2 - 0.1 \cdot 6.4 = 2.56$. Step 3: $x_3 = 2.56 - 0.1 \cdot 5.12 = 2.048$""",
    r"""$x = 4$, $\nabla f = 2x = 8$, $x \leftarrow x - 0.1 \cdot 8 = 3.2$. Now $\nabla f = 2x = 6.4$, $x \leftarrow x - 0.1 \cdot 6.4 = 2.56$.""",
    r"""$A = \begin{pmatrix} 2 & 1 \\ 1 & 3 \end{pmatrix}$. $\det(A - \lambda I) = (2-\lambda)(3-\lambda) - 1 = \lambda^2 - 5\lambda + 5 = 0$, so $\lambda = \frac{5 \pm \sqrt 5}{2}$.""",
    r"""$\log_2 8 = 3$, $\ln e = 1$, $\log_{10} 1000 = 3$, $\log 2 \approx 0.693$, $\log(100) = 2$""",
    r"""$10 \mod 3 = 1$, $7 \equiv 1 \pmod 3$, $5 + 9 = 2 \pmod{12}$""",
    r"""$\frac{1}{3} = 0.33$, $\frac{2}{3} = 0.67$, so $\frac13 + \frac23 = 0.33 + 0.67 = 1$.""",
    r"""$\sigma(1.5) = 0.82$, $\sigma'(1.5) = 0.82 \cdot (1 - 0.82) = 0.1476 \approx 0.15$""",
    r"""$\tanh(0.5) = 0.462$ und $1 - 0.462^2 = 0.787$.""",
    r"""$E = -\sum_i t_i \log p_i = -(0 \cdot \log 0.2 + 1 \cdot \log 0.7 + 0 \cdot \log 0.1) = 0.357$""",
    r"""$E = -(0 \cdot \log_2 0.2 + 1 \cdot \log_2 0.7) = 0.515$""",
    r"""$90^\circ = \pi/2$, $\sin 30^\circ = 0.5$""",
    r"""$\hat{y} = 0.73$, $y = 1$, $\hat y - y = -0.27$, $\delta = (\hat y - y)\hat y (1 - \hat y) = -0.27 \cdot 0.73 \cdot 0.27 = -0.0532$""",
    r"""$3 \text{ kg} \cdot 2 = 6 \text{ kg}$, $5\,\text{m} = 500\,\text{cm}$""",
    r"""$f(g(2)) = f(4) = 9$ where $g(x) = x^2$ and $f(x) = 2x + 1$.""",
    r"""At $t = 0$, $s = 0$. At $t = 1$, $s = 5$. At $t = 2$, $s = 5 t = 10$.""",
    r"""Layer 1: $z = 0.3$, $a = \sigma(z) = 0.574$. Layer 2: $z = 0.574 \cdot 2 = 1.148$, $a = \sigma(z) = 0.759$.""",
    r"""Let $y = 3x$. When $x = 1$, $y = 3$. When $x = 2$, $y = 6$. When $x = 10$, $y = 30$.""",
    r"""Claim: $1 + 2 + \dots + n = \frac{n(n+1)}{2}$. For $n = 4$: $1 + 2 + 3 + 4 = 10 = \frac{4 \cdot 5}{2}$.""",
    r"""$2.5 \times 10^{-3} \cdot 4 = 0.01$, $1.2e-3 + 3e-4 = 1.5e-3$""",
    r"""$\frac{\partial L}{\partial w} = 2(wx - y)x$; with $w = 1, x = 2, y = 3$: $\frac{\partial L}{\partial w} = 2(2 - 3) \cdot 2 = -4$""",
    r"""$L = (wx - y)^2$; with $w = 1, x = 2, y = 3$: $L = 1$. With $w = 2$: $L = 1$. With $w = 3$: $L = 9$.""",
    r"""准确率 $= \frac{85}{100} = 85\%$，召回率 $= \frac{40}{50} = 0.8$。""",
    r"""학습률 $\eta = 0.1$ 이면 $w = 0.5 - 0.1 \times 0.3 = 0.47$ 이다. 다음 $w = 0.47 - 0.1 \times 0.2 = 0.45$.""",
    r"""勾配は $\frac{dL}{dw} = 2 \times 0.3 = 0.6$、よって $w = 1 - 0.1 \times 0.6 = 0.94$。""",
    r"""$P(H) = 1/2$, $P(HH) = \frac14$, $P(H)^2 = 1/4$, $P(T) = 1 - P(H) = 1/2$.""",
    r"""$\mu_1 = (1+2)/2 = 1.5$; after reassignment $\mu_1 = (1 + 2 + 6)/3 = 3$""",
    r"""$\binom{5}{2} = 10$, $5! / (2! 3!) = 10$, $\lfloor 3.7 \rfloor = 3$, $|-4| = 4$""",
    r"""$(x+1)^2 = x^2 + 2x + 1$, if $x = 2$: $9 = 4 + 4 + 1$.""",
    r"""$\vec{a} \cdot \vec{b} = (1, 2, 3) \cdot (4, 5, 6) = 4 + 10 + 18 = 32$""",
    r"""$Q(s,a) \leftarrow Q(s,a) + \alpha [r + \gamma \max Q - Q(s,a)] = 0 + 0.5 [1 + 0.9 \cdot 0 - 0] = 0.5$; next $Q(s,a) = 0.5 + 0.5[1 + 0.9 \cdot 0 - 0.5] = 0.75$""",
    r"""$v = 0.9 \cdot 0 + 0.1 = 0.1$, $v = 0.9 \cdot 0.1 + 0.1 = 0.19$, $v = 0.9 v + 0.1 = 0.271$""",
    r"""$K(x, z) = (x^T z)^2$: for $x = (1, 2)$, $z = (3, 4)$: $K = (3 + 8)^2 = 121$""",
    r"""$W_1 x + b_1 = \begin{bmatrix} 0.1 & 0.2 \\ 0.3 & 0.4 \end{bmatrix} \begin{bmatrix} 1 \\ 2 \end{bmatrix} + \begin{bmatrix} 0.1 \\ 0.1 \end{bmatrix} = \begin{bmatrix} 0.6 \\ 1.2 \end{bmatrix}$""",
    r"""$\text{softmax}(1, 2, 3) = (0.09, 0.24, 0.67)$""",
    r"""$d = \sqrt{(1-4)^2 + (2-6)^2} = 5$ and $d^2 = 25$; for the next point $d = \sqrt{1 + 1} = 1.414$, $d^2 = 2$.""",
    r"""$p = 0.3$, $1 - p = 0.7$, odds $= 0.3/0.7 = 0.4286$, $\ln(0.4286) = -0.847$""",
    r"""0.5 * (1 - 0.7)^2 + 0.5 * (0 - 0.2)^2 = 0.065""",
    r"""The loss fell from 0.52 to 0.31, i.e. 0.52 - 0.31 = 0.21; 0.21 / 0.52 = 40.4%.""",
)

_ARITHMETIC = re.compile(r"(?:[-+*/^(){}\s\d.]|\\cdot|\\times|\\frac)+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def links(text: str) -> tuple[Link, ...]:
    return proof(text, ()).links


def closed(text: str) -> list[Link]:
    """The steps that say what arithmetic without names comes to."""
    return [
        link
        for link in links(text)
        if _ARITHMETIC.fullmatch(link.left.text)
        and not _NUMBER.fullmatch(link.left.text.strip())
        and _NUMBER.fullmatch(link.right.text.strip())
        and link.relation == "="
    ]


def changed(text: str, link: Link) -> str:
    """The document with the first digit of a step's result changed by four."""
    lines = text.split("\n")
    place, number = link.right.place, link.right.text.strip()
    line, start = lines[place.line - 1], place.column - 1
    assert line[start:].startswith(number)
    at = next(i for i, digit in enumerate(number) if digit.isdigit())
    new = number[:at] + str((int(number[at]) + 4) % 10) + number[at + 1 :]
    lines[place.line - 1] = line[:start] + new + line[start + len(number) :]
    return "\n".join(lines)


@pytest.mark.parametrize("text", DOCUMENTS, ids=[text[:40] for text in DOCUMENTS])
def test_nothing_right_is_called_wrong(text: str) -> None:
    assert [link.right.text for link in links(text) if link.verdict in {"wrong", "carried"}] == []


def test_most_steps_are_checked() -> None:
    verdicts = [link.verdict for text in DOCUMENTS for link in links(text)]
    assert verdicts.count("unchecked") + verdicts.count("doubtful") < len(verdicts) / 4


CHANGED = [(text, link) for text in DOCUMENTS for link in closed(text)]


def test_enough_results_are_changed() -> None:
    assert len(CHANGED) > 60


@pytest.mark.parametrize(("text", "link"), CHANGED, ids=[f"{link.left.text}" for _, link in CHANGED])
def test_a_changed_result_is_found_at_its_place(text: str, link: Link) -> None:
    place = link.right.place
    found = {
        (again.right.place.line, again.right.place.column): again.verdict
        for again in links(changed(text, link))
    }
    assert found[place.line, place.column] == "wrong"
