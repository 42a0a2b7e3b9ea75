# Before `azd provision` on Windows: what preprovision.sh does elsewhere.
$ErrorActionPreference = 'Stop'

if ($env:DEVELOPER_IP_ADDRESS -eq 'auto') {
    $service = if ($env:ADDRESS_SERVICE) { $env:ADDRESS_SERVICE } else { 'https://api.ipify.org' }
    $address = [string](Invoke-RestMethod -Uri $service -TimeoutSec 20)
    if ($address -notmatch '^\d{1,3}(\.\d{1,3}){3}$') {
        throw "preprovision: '$address' is no IPv4 address; firewall rules need one. Set it yourself: azd env set DEVELOPER_IP_ADDRESS 203.0.113.7"
    }
    azd env set DEVELOPER_IP_ADDRESS $address
    Write-Host "The firewalls will let $address pass."
}

if ($env:EXTENSION_BUNDLE -eq 'stable' -and (Select-String -Path requirements.txt -Pattern '^azure-functions-durable==2' -Quiet)) {
    Write-Host 'Note: requirements.txt has azure-functions-durable 2.x, whose migration guide asks for the preview bundle; EXTENSION_BUNDLE=stable is meant for 1.7.0 (docs/adr/0019).'
}
