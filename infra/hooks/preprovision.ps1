# Before `azd provision` on Windows: what preprovision.sh does elsewhere.
$ErrorActionPreference = 'Stop'
$byHand = 'Set it yourself: azd env set DEVELOPER_IP_ADDRESS 203.0.113.7'

if ($env:DEVELOPER_IP_ADDRESS -eq 'auto') {
    # Asked once, of a service that says who called; the answer is kept in the azd environment.
    $service = if ($env:ADDRESS_SERVICE) { $env:ADDRESS_SERVICE } else { 'https://api.ipify.org' }
    try {
        $address = [string](Invoke-RestMethod -Uri $service -TimeoutSec 20)
    } catch {
        throw "preprovision: $service did not say this machine's address. $byHand"
    }
    if ($address -notmatch '^([0-9]{1,3}\.){3}[0-9]{1,3}$') {
        throw "preprovision: '$address' is no IPv4 address; firewall rules need one. $byHand"
    }
    azd env set DEVELOPER_IP_ADDRESS $address
    if ($LASTEXITCODE -ne 0) { throw "preprovision: azd env set failed with status $LASTEXITCODE" }
    Write-Host "The firewalls will let $address pass."
}

if ($env:EXTENSION_BUNDLE -eq 'stable' -and (Select-String -Path requirements.txt -Pattern '^azure-functions-durable==2' -Quiet)) {
    Write-Host 'Note: requirements.txt has azure-functions-durable 2.x, whose migration guide asks for the preview bundle; EXTENSION_BUNDLE=stable is meant for 1.7.0 (docs/adr/0019).'
}

if ($env:MODEL_KEY -and -not $env:MODEL_ENDPOINT) {
    throw 'preprovision: MODEL_KEY is set without MODEL_ENDPOINT, and the account made here takes no keys. Set MODEL_ENDPOINT too, or: azd env set MODEL_KEY ""'
}

if ($env:COSMOS_SECONDARY_LOCATION -and $env:COSMOS_CAPACITY_MODE -ne 'autoscale') {
    throw 'preprovision: COSMOS_SECONDARY_LOCATION is set, and a serverless account has one region only. Set COSMOS_CAPACITY_MODE to autoscale, or: azd env set COSMOS_SECONDARY_LOCATION ""'
}

if ($env:VNET_ENABLED -eq 'true') {
    Write-Host 'Note: the network needs the provider Microsoft.App registered in the subscription: az provider register --namespace Microsoft.App'
}
