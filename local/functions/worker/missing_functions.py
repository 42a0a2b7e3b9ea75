"""Why an app has no functions, as far as its folder tells."""

from pathlib import Path


def describe_missing_functions(app_directory: Path) -> str:
    """Say what is wrong with an app in which nothing was found, and what to do."""
    text = "No job functions found. "
    older = sorted(path.parent.name for path in app_directory.glob("*/function.json"))
    if older:
        return (
            f"{text}The folder(s) {', '.join(older)} hold functions of the first Python "
            "programming model (function.json). This host runs the second one only: decorators in "
            "function_app.py."
        )
    if not (app_directory / "function_app.py").exists():
        return f"{text}There is no function_app.py in {app_directory}."
    return (
        f"{text}function_app.py must hold one function app object with at least one function, and "
        "register the blueprints that have functions."
    )
