#!/bin/sh
# Before `azd provision`: find the developer's address if DEVELOPER_IP_ADDRESS says auto, and say
# when package and extension bundle are an unusual pair. The azd environment is in the environment.
set -eu

if [ "${DEVELOPER_IP_ADDRESS:-}" = auto ]; then
    # Asked once, of a service that says who called; the answer is kept in the azd environment.
    service=${ADDRESS_SERVICE:-https://api.ipify.org}
    address=$(curl --fail --silent --show-error --max-time 20 "$service") || {
        echo "preprovision: $service did not say this machine's address; set it yourself:" \
            "azd env set DEVELOPER_IP_ADDRESS 203.0.113.7" >&2
        exit 1
    }
    if ! printf '%s\n' "$address" | grep -Eqx '([0-9]{1,3}\.){3}[0-9]{1,3}'; then
        echo "preprovision: '$address' is no IPv4 address; firewall rules need one. Set it yourself:" \
            "azd env set DEVELOPER_IP_ADDRESS 203.0.113.7" >&2
        exit 1
    fi
    azd env set DEVELOPER_IP_ADDRESS "$address"
    echo "The firewalls will let $address pass."
fi

if [ "${EXTENSION_BUNDLE:-preview}" = stable ] &&
    grep -q '^azure-functions-durable==2' requirements.txt; then
    echo "Note: requirements.txt has azure-functions-durable 2.x, whose migration guide asks for the" \
        "preview bundle; EXTENSION_BUNDLE=stable is meant for 1.7.0 (docs/adr/0019)."
fi

if [ -n "${MODEL_KEY:-}" ] && [ -z "${MODEL_ENDPOINT:-}" ]; then
    echo "preprovision: MODEL_KEY is set without MODEL_ENDPOINT, and the account made here takes no keys." \
        "Set MODEL_ENDPOINT too, or: azd env set MODEL_KEY \"\"" >&2
    exit 1
fi

if [ -n "${COSMOS_SECONDARY_LOCATION:-}" ] && [ "${COSMOS_CAPACITY_MODE:-serverless}" != autoscale ]; then
    echo "preprovision: COSMOS_SECONDARY_LOCATION is set, and a serverless account has one region only." \
        "Set COSMOS_CAPACITY_MODE to autoscale, or: azd env set COSMOS_SECONDARY_LOCATION \"\"" >&2
    exit 1
fi

if [ "${VNET_ENABLED:-false}" = true ]; then
    echo "Note: the network needs the provider Microsoft.App registered in the subscription:" \
        "az provider register --namespace Microsoft.App"
fi
