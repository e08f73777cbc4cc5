"""hw2check verifies worked neural-network homework: forward passes and backpropagation.

In Python and in notebooks: `load` a problem, `check` answers, `proofread` a document, `solve` and `draw`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"
__all__ = ("HW2CheckError", "check", "draw", "load", "proofread", "solve")

_FUNCTIONS = dict.fromkeys(__all__, "hw2check.api") | {"HW2CheckError": "hw2check.errors"}


class _Package(ModuleType):
    """The package, in which `check` is the function: the import of `hw2check.check.file` does not replace it.

    What the functions need is imported when one of them is first used.
    """

    def __getattr__(self, name: str) -> Any:
        if name not in _FUNCTIONS:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_FUNCTIONS[name]), name)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _FUNCTIONS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
