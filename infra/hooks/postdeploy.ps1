# After `azd deploy` on Windows: what postdeploy.sh does elsewhere.
function Get-Output([string]$name, [string]$otherwise) {
    $value = [Environment]::GetEnvironmentVariable($name)
    if ($value) { $value } else { $otherwise }
}

$url = Get-Output 'SERVICE_PROCESSOR_URL' 'URL'
$turns = Get-Output 'COSMOS_DB_TURNS_CONTAINER' 'the turns container'
$group = Get-Output 'AZURE_RESOURCE_GROUP' 'GROUP'
$name = Get-Output 'SERVICE_PROCESSOR_NAME' 'NAME'
Write-Host "The app is at $url."
Write-Host "Next: write a turn to $turns, then look at what became of it:"
Write-Host "  `$key = az functionapp keys list --resource-group $group --name $name --query functionKeys.default --output tsv"
Write-Host "  Invoke-RestMethod -Headers @{'x-functions-key' = `$key} $url/api/status"
