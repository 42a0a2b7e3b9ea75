# After `azd provision` on Windows: what postprovision.sh does elsewhere.
$ErrorActionPreference = 'Stop'

$file = if ($env:LOCAL_SETTINGS_FILE) { $env:LOCAL_SETTINGS_FILE } else { 'local.settings.json' }
$names = @(
    'COSMOS_DB_ENDPOINT', 'COSMOS_DB_DATABASE', 'COSMOS_DB_TURNS_CONTAINER',
    'COSMOS_DB_MEMORIES_CONTAINER', 'COSMOS_DB_SUMMARIES_CONTAINER', 'COSMOS_DB_COUNTERS_CONTAINER',
    'COSMOS_DB_LEASE_CONTAINER', 'AI_FOUNDRY_ENDPOINT', 'AI_FOUNDRY_CHAT_DEPLOYMENT_NAME',
    'AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME', 'AI_FOUNDRY_EMBEDDING_DIMENSIONS'
)

if (-not $env:COSMOS_DB_ENDPOINT) {
    # After `azd provision --preview` there are no outputs.
    Write-Host "Nothing was provisioned: no $file is written."
    exit 0
}

if ((Test-Path $file) -and $env:OVERWRITE_LOCAL_SETTINGS -ne 'true') {
    Write-Host "$file is there and stays as it is; azd env set OVERWRITE_LOCAL_SETTINGS true replaces it."
} else {
    $values = [ordered]@{
        FUNCTIONS_WORKER_RUNTIME   = 'python'
        AzureWebJobsStorage        = 'UseDevelopmentStorage=true'
        COSMOS_DB__accountEndpoint = $env:COSMOS_DB_ENDPOINT
        # Leases of its own: with those of the deployed app, each would get a part of the turns.
        COSMOS_DB_LEASE_CONTAINER_PREFIX = 'local-'
    }
    foreach ($name in $names) {
        $value = [Environment]::GetEnvironmentVariable($name)
        if (-not $value) { throw "${name}: is not in the azd environment; run azd provision" }
        $values[$name] = $value
    }
    $values['MEMORY_SWEEP_SCHEDULE'] = if ($env:MEMORY_SWEEP_SCHEDULE) { $env:MEMORY_SWEEP_SCHEDULE } else { '*/30 * * * * *' }
    [ordered]@{ IsEncrypted = $false; Values = $values } | ConvertTo-Json | Set-Content -Path $file -Encoding utf8NoBOM
    Write-Host "Wrote ${file}: func start (with Azurite) runs the app here, on the database and the model there."
}

if ($env:DEPLOY_FUNCTION_APP -eq 'false') {
    Write-Host 'Next: give your agent COSMOS_DB_ENDPOINT and AI_FOUNDRY_ENDPOINT (azd env get-values); there is no app to deploy.'
} else {
    Write-Host 'Next: azd deploy'
}
