# Before `azd down` on Windows: what predown.sh does elsewhere.
$ErrorActionPreference = 'Stop'

$found = @($env:EXISTING_COSMOS_ACCOUNT_NAME, $env:EXISTING_MODEL_ACCOUNT_NAME) | Where-Object { $_ }
if ($found) {
    throw "predown: azd down would delete the resource groups of accounts that were here before: $found. Stopped. To delete what was made for the app, if these are in other groups: az group delete --name $env:AZURE_RESOURCE_GROUP; see docs/deploy.md for what then remains."
}
