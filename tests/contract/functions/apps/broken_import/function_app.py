"""An app whose import fails."""

import a_module_that_is_not_installed  # noqa: F401  # pyright: ignore[reportMissingImports]
