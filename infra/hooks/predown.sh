#!/bin/sh
# Before `azd down`, which deletes every resource group that the deployment made something in, whole:
# stop it where one of them holds an account that the deployment was only given to use.
set -eu

found=
for name in EXISTING_COSMOS_ACCOUNT_NAME EXISTING_MODEL_ACCOUNT_NAME; do
    eval "value=\${$name:-}"
    if [ -n "$value" ]; then
        found="$found $value"
    fi
done
if [ -n "$found" ]; then
    echo "predown: azd down would delete the resource groups of accounts that were here before:$found." \
        "Stopped. To delete what was made for the app, if these are in other groups:" \
        "az group delete --name ${AZURE_RESOURCE_GROUP:-GROUP}; see docs/deploy.md for what then remains." >&2
    exit 1
fi
