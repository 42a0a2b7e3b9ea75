"""A Cosmos DB trigger whose connection is not set."""

import azure.functions as func

app = func.FunctionApp()


@app.cosmos_db_trigger(
    arg_name="documents", connection="NOWHERE", database_name="db", container_name="turns"
)
def on_documents(documents: func.DocumentList) -> None:
    return
