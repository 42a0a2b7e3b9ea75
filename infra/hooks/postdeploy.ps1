# After `azd deploy` on Windows: what postdeploy.sh does elsewhere.
Write-Host "The app is at $env:SERVICE_PROCESSOR_URL."
Write-Host "Next: write a turn to $env:COSMOS_DB_TURNS_CONTAINER, then look at what became of it:"
Write-Host "  `$key = az functionapp keys list --resource-group $env:AZURE_RESOURCE_GROUP --name $env:SERVICE_PROCESSOR_NAME --query functionKeys.default --output tsv"
Write-Host "  curl --header `"x-functions-key: `$key`" $env:SERVICE_PROCESSOR_URL/api/status"
