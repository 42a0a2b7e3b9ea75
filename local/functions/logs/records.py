"""What the host adds to a record of Python's logging: its category and its invocation."""

import logging
from typing import override

from local.functions.logs.levels import CategoryLevels
from local.functions.worker.invocations import find_current


class InvocationFilter(logging.Filter):
    """Marks each record, and drops those below their category's level.

    The host's own records have the category of their logger, or the one given as `category`. A
    record of the app has `Function.<name>.User`, as on Azure, whatever its logger; outside of an
    invocation its logger's name.
    """

    def __init__(self, levels: CategoryLevels) -> None:
        super().__init__()
        self.levels = levels

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        current = find_current()
        category = getattr(record, "category", None)
        if category is None:
            is_of_app = current is not None and not record.name.startswith("Host")
            category = f"Function.{current.function}.User" if current and is_of_app else record.name
        record.category = category
        record.function = current.function if current else getattr(record, "function", None)
        record.invocation_id = current.id if current else None
        record.instance_id = (current.instance_id or None) if current else None
        return record.levelno >= self.levels.find(category)
