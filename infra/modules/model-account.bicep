// A Foundry (AI Services) account without keys, with one chat and one embedding deployment.
param name string
param location string
param tags object

@description('Deployments: name, modelName, modelVersion, skuName, capacity (thousands of tokens per minute).')
param deployments array

@description('Reachable through private endpoints and from allowedAddresses only.')
param isPrivate bool
param allowedAddresses array

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'AIServices'
  sku: { name: 'S0' }
  properties: {
    // Entra ID needs a host name of the account's own.
    customSubDomainName: name
    disableLocalAuth: true
    publicNetworkAccess: isPrivate && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      ipRules: [for address in allowedAddresses: { value: address }]
    }
  }
}

// One after the other: an account takes one change of its deployments at a time.
@batchSize(1)
resource modelDeployments 'Microsoft.CognitiveServices/accounts/deployments@2025-06-01' = [for item in deployments: {
  parent: account
  name: item.name
  sku: {
    name: item.skuName
    capacity: item.capacity
  }
  properties: {
    model: {
      format: 'OpenAI'
      name: item.modelName
      version: item.modelVersion
    }
    // Prompts and the journal record the model's version: it changes when somebody changes it.
    versionUpgradeOption: 'OnceCurrentVersionExpired'
  }
}]

output id string = account.id
