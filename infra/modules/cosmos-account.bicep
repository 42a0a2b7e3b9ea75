// A Cosmos DB account for NoSQL with vector and full-text search, without keys.
param name string
param location string
param tags object
param workspaceId string

@allowed(['serverless', 'autoscale'])
param capacityMode string

@description('A second region to read from and to fail over to; autoscale only, empty for none.')
param secondaryLocation string
param zoneRedundant bool

@allowed(['Continuous7Days', 'Continuous30Days'])
param backupTier string

@description('Reachable through private endpoints and from allowedAddresses only.')
param isPrivate bool
param allowedAddresses array

var searchCapabilities = [
  { name: 'EnableNoSQLVectorSearch' }
  { name: 'EnableNoSQLFullTextSearch' }
]
var firstLocation = {
  locationName: location
  failoverPriority: 0
  isZoneRedundant: zoneRedundant
}
var secondLocations = empty(secondaryLocation) || capacityMode == 'serverless' ? [] : [
  {
    locationName: secondaryLocation
    failoverPriority: 1
    isZoneRedundant: zoneRedundant
  }
]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' = {
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: concat([firstLocation], secondLocations)
    enableAutomaticFailover: !empty(secondLocations)
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    capabilities: capacityMode == 'serverless' ? concat(searchCapabilities, [{ name: 'EnableServerless' }]) : searchCapabilities
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: { tier: backupTier }
    }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: isPrivate && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    ipRules: [for address in allowedAddresses: { ipAddressOrRange: address }]
  }
}

// Control plane and metrics only: the logs of the data plane carry partition keys, which hold user ids.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: account
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      {
        category: 'ControlPlaneRequests'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Requests'
        enabled: true
      }
    ]
  }
}

output id string = account.id
