"""Who handed in a submission and how late, as Gradescope tells an autograder.

Source: Gradescope, "Submission Metadata": submission_metadata.json.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hw2check.errors import HW2CheckError
from hw2check.reading.files import read_bytes

MOST = 4 << 20  # bytes; it lists all earlier submissions
DAY = timedelta(days=1)


class HandedIn(NamedTuple):
    """What is known of one submission beside its files."""

    student: str  # several, of a group, with commas between
    user: str  # their numbers
    days: int  # late, each day that has begun


def read_handed_in(file: str) -> HandedIn:
    """Raises HW2CheckError for what is not such a file."""
    raw = read_bytes(file, MOST)
    try:
        data = json.loads(raw)
        users = data.get("users") or []
        created, due = datetime.fromisoformat(data["created_at"]), _due(data, users)
        late = created - due if due else timedelta(0)
        names, numbers = (", ".join(str(user[key]) for user in users) for key in ("name", "id"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise HW2CheckError(
            f"{file}: this is not the metadata of a submission",
            hint="Gradescope writes it as submission_metadata.json",
        ) from None
    return HandedIn(names, numbers, max(0, -(-late // DAY)))


def _due(data: dict[str, Any], users: list[dict[str, Any]]) -> datetime | None:
    """When it is due: for a group the latest of its members' own dates, else that of the assignment."""
    own = [user.get("assignment", {}).get("due_date") for user in users]
    dates = [datetime.fromisoformat(date) for date in own if date]
    if not dates and data["assignment"].get("due_date"):
        dates = [datetime.fromisoformat(data["assignment"]["due_date"])]
    return max(dates, default=None)
