"""The scalar functions of the query language, one file per family. Importing it fills the table."""

from local.cosmos.sql.functions import arrays, dates, integers, maths, strings, types
from local.cosmos.sql.functions.registry import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function", "arrays", "dates", "integers", "maths", "strings", "types"]
