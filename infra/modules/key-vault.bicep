// Keeps the key of a model endpoint that knows no Entra ID; made only when there is such a key.
param name string
param location string
param tags object
param workspaceId string

@description('Who reads the secret: objects with id and type (ServicePrincipal, User or Group).')
param readers array

param secretName string

@secure()
param secretValue string

@description('Keeps a deleted vault from being purged; azd down --purge then leaves it behind.')
param purgeProtection bool

@description('Reachable through private endpoints and from allowedAddresses only.')
param isPrivate bool
param allowedAddresses array

var roleIds = loadJsonContent('../role-ids.json')

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: isPrivate && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: [for address in allowedAddresses: { value: address }]
    }
  }
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: secretName
  properties: {
    contentType: 'text/plain'
    value: secretValue
  }
}

resource readerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in readers: {
  name: guid(vault.id, principal.id, roleIds.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principal.id
    principalType: principal.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.keyVaultSecretsUser)
  }
}]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

output id string = vault.id
@description('What an application setting says to have the secret for its value.')
output settingValue string = '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=${secret.name})'
