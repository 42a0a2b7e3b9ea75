// The function app's storage: deployment packages, the host's state and, with the Azure Storage
// backend, the task hub. No keys; the host needs blobs, the task hub queues and tables too.
param name string
param location string
param tags object
param packageContainerName string

@description('Who reads and writes: objects with id and type (ServicePrincipal, User or Group).')
param principals array

@description('Queues and tables too: the Azure Storage backend of Durable Functions lives in them.')
param holdsTaskHub bool

@description('Reachable through private endpoints and from allowedAddresses only.')
param isPrivate bool
param allowedAddresses array

var roleIds = loadJsonContent('../role-ids.json')
var queueAndTablePrincipals = holdsTaskHub ? principals : []

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: [for address in allowedAddresses: {
        value: address
        action: 'Allow'
      }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: packageContainerName
  properties: { publicAccess: 'None' }
}

resource blobRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in principals: {
  name: guid(account.id, principal.id, roleIds.storageBlobDataOwner)
  scope: account
  properties: {
    principalId: principal.id
    principalType: principal.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataOwner)
  }
}]

resource queueRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in queueAndTablePrincipals: {
  name: guid(account.id, principal.id, roleIds.storageQueueDataContributor)
  scope: account
  properties: {
    principalId: principal.id
    principalType: principal.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageQueueDataContributor)
  }
}]

resource tableRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in queueAndTablePrincipals: {
  name: guid(account.id, principal.id, roleIds.storageTableDataContributor)
  scope: account
  properties: {
    principalId: principal.id
    principalType: principal.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageTableDataContributor)
  }
}]

output id string = account.id
output name string = account.name
output packageContainerUrl string = '${account.properties.primaryEndpoints.blob}${packageContainerName}'
