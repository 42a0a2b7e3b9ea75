"""Writes the table of docs/costs.md: python -m tests.architecture.cost_table

The document holds its own prices; what follows from them is computed here and nowhere else.
"""

import re
from collections.abc import Callable

from tests.architecture.project_files import ROOT, read

DOCUMENT = "docs/costs.md"
_START, _END = "<!-- computed -->\n", "<!-- end of computed -->"
DAYS = 30.4
LOADS = (1_000, 10_000, 100_000)

type Figures = dict[str, float]


def read_figures(document: str) -> Figures:
    """The figures of the document's tables: rows of `| name | number | meaning |`."""
    rows = re.findall(r"^\| `(\w+)` \| ([\d.,]+) \|", document, re.MULTILINE)
    return {name: float(number.replace(",", "")) for name, number in rows}


def _model_input(turns: float, given: Figures) -> float:
    tokens = given["prompt_chars"] / given["chars_per_token"]
    return turns * tokens * given["chat_input_price"] / 1e6


def _model_output(turns: float, given: Figures) -> float:
    return turns * given["output_tokens"] * given["chat_output_price"] / 1e6


def _embeddings(turns: float, given: Figures) -> float:
    tokens = given["embedded_texts"] * given["embedded_tokens"]
    return turns * tokens * given["embedding_price"] / 1e6


def _request_units(turns: float, given: Figures) -> float:
    idle = given["idle_units"] * DAYS
    return (turns * given["request_units"] + idle) * given["serverless_price"] / 1e6


def _data(turns: float, given: Figures) -> float:
    return turns * given["stored_kilobytes"] / 1e6 * given["data_price"]


def _instances(turns: float, given: Figures) -> float:
    sweeps = given["sweeps_a_day"] * DAYS * given["memory_gigabytes"]
    seconds = turns * given["busy_seconds"] * given["memory_gigabytes"] + sweeps
    return max(0.0, seconds - given["free_seconds"]) * given["instance_price"]


def _executions(turns: float, given: Figures) -> float:
    executions = turns * given["executions"] + given["sweeps_a_day"] * DAYS
    return max(0.0, executions - given["free_executions"]) * given["execution_price"] / 1e6


def _orchestrations(turns: float, given: Figures) -> float:
    transactions = turns * given["transactions"] + given["idle_transactions"] * DAYS
    return transactions / 1e4 * given["transaction_price"]


def _telemetry(turns: float, given: Figures) -> float:
    gigabytes = turns * given["telemetry_kilobytes"] / 1e6
    return max(0.0, gigabytes - given["free_gigabytes"]) * given["telemetry_price"]


PARTS: dict[str, Callable[[float, Figures], float]] = {
    "model, prompts": _model_input,
    "model, answers": _model_output,
    "embeddings": _embeddings,
    "Cosmos DB, request units (serverless)": _request_units,
    "Cosmos DB, data of a month": _data,
    "function app, instances": _instances,
    "function app, executions": _executions,
    "orchestrations in Azure Storage": _orchestrations,
    "telemetry": _telemetry,
}


def render(given: Figures) -> str:
    """The table of costs in US dollars a month, at the three loads."""
    lines = [
        "| US dollars a month | " + " | ".join(f"{load:,} turns a day" for load in LOADS) + " |",
        "|---|" + "---:|" * len(LOADS),
    ]
    totals = [0.0] * len(LOADS)
    for name, part in PARTS.items():
        costs = [part(load * DAYS, given) for load in LOADS]
        totals = [total + cost for total, cost in zip(totals, costs, strict=True)]
        lines.append(f"| {name} | " + " | ".join(f"{cost:,.2f}" for cost in costs) + " |")
    lines.append("| **together** | " + " | ".join(f"**{total:,.0f}**" for total in totals) + " |")
    return "\n".join(lines) + "\n"


def rewrite(document: str) -> str:
    """The document with its computed part anew."""
    before, rest = document.split(_START)
    _, after = rest.split(_END)
    return before + _START + render(read_figures(document)) + _END + after


if __name__ == "__main__":
    (ROOT / DOCUMENT).write_text(rewrite(read(DOCUMENT)), encoding="utf-8")
