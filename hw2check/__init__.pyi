from hw2check.api import check as check
from hw2check.api import draw as draw
from hw2check.api import load as load
from hw2check.api import proofread as proofread
from hw2check.api import solve as solve
from hw2check.errors import HW2CheckError as HW2CheckError

__version__: str
__all__ = ("HW2CheckError", "check", "draw", "load", "proofread", "solve")
