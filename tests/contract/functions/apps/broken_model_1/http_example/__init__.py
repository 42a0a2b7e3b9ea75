"""A function of the first programming model."""

import azure.functions as func


def main(req: func.HttpRequest) -> str:
    return "hello"
