#!/bin/sh
# After `azd deploy`: say how to see that it works.
set -eu

cat <<TEXT
The app is at ${SERVICE_PROCESSOR_URL:-URL}.
Next: write a turn to ${COSMOS_DB_TURNS_CONTAINER:-the turns container}, then look at what became of it:
  key=\$(az functionapp keys list --resource-group ${AZURE_RESOURCE_GROUP:-GROUP} --name ${SERVICE_PROCESSOR_NAME:-NAME} --query functionKeys.default --output tsv)
  curl --header "x-functions-key: \$key" ${SERVICE_PROCESSOR_URL:-URL}/api/status
TEXT
