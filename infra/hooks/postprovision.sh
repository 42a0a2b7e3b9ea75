#!/bin/sh
# After `azd provision`: write local.settings.json for `func start`, and print the next step.
# The outputs of infra/main.bicep are in the environment, under their names.
set -eu

file=${LOCAL_SETTINGS_FILE:-local.settings.json}

escape() {
    printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'
}

setting() {
    printf '    "%s": "%s"%s\n' "$1" "$(escape "$2")" "${3-,}"
}

write_settings() {
    echo '{'
    echo '  "IsEncrypted": false,'
    echo '  "Values": {'
    setting FUNCTIONS_WORKER_RUNTIME python
    setting AzureWebJobsStorage UseDevelopmentStorage=true
    setting COSMOS_DB__accountEndpoint "$COSMOS_DB_ENDPOINT"
    # Leases of its own: with those of the deployed app, each would get a part of the turns.
    setting COSMOS_DB_LEASE_CONTAINER_PREFIX local-
    for name in COSMOS_DB_ENDPOINT COSMOS_DB_DATABASE COSMOS_DB_TURNS_CONTAINER \
        COSMOS_DB_MEMORIES_CONTAINER COSMOS_DB_SUMMARIES_CONTAINER COSMOS_DB_COUNTERS_CONTAINER \
        COSMOS_DB_LEASE_CONTAINER AI_FOUNDRY_ENDPOINT AI_FOUNDRY_CHAT_DEPLOYMENT_NAME \
        AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME AI_FOUNDRY_EMBEDDING_DIMENSIONS; do
        eval "value=\${$name:?is not in the azd environment; run azd provision}"
        setting "$name" "$value"
    done
    setting MEMORY_SWEEP_SCHEDULE "${MEMORY_SWEEP_SCHEDULE:-*/30 * * * * *}" ''
    echo '  }'
    echo '}'
}

if [ -z "${COSMOS_DB_ENDPOINT:-}" ]; then
    # After `azd provision --preview` there are no outputs.
    echo "Nothing was provisioned: no $file is written."
    exit 0
fi

if [ -e "$file" ] && [ "${OVERWRITE_LOCAL_SETTINGS:-false}" != true ]; then
    echo "$file is there and stays as it is; azd env set OVERWRITE_LOCAL_SETTINGS true replaces it."
else
    write_settings >"$file.new" || {
        rm -f "$file.new"
        exit 1
    }
    mv "$file.new" "$file"
    echo "Wrote $file: func start (with Azurite) runs the app here, on the database and the model there."
fi

if [ "${DEPLOY_FUNCTION_APP:-true}" = false ]; then
    echo "Next: give your agent COSMOS_DB_ENDPOINT and AI_FOUNDRY_ENDPOINT (azd env get-values);" \
        "there is no app to deploy."
else
    echo "Next: azd deploy"
fi
