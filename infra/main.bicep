// Everything that `azd up` makes. Each parameter is bound to a variable of the azd environment in
// main.parameters.json.
targetScope = 'subscription'

// --- Names and places ---------------------------------------------------------------------------

@description('Name of the azd environment; resource names are derived from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of everything but the models.')
@minLength(1)
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Region of the model deployments; azd offers those that have quota left.')
@minLength(1)
@metadata({
  azd: {
    type: 'location'
    usageName: [
      'OpenAI.GlobalStandard.gpt-5.4-mini,200'
      'OpenAI.GlobalStandard.text-embedding-3-large,100'
    ]
  }
})
param modelLocation string

@description('Object id of whoever deploys: gets the data roles that the app has. Empty for nobody.')
param principalId string = ''

@allowed(['User', 'ServicePrincipal', 'Group'])
param principalType string = 'User'

@description('Names of your own for the resources below; empty for derived ones.')
param resourceGroupName string = ''
param functionAppName string = ''
param storageAccountName string = ''
param cosmosAccountName string = ''
param modelAccountName string = ''

// --- What to deploy -----------------------------------------------------------------------------

@description('False: database and model only, for agents that process in their own process (SDK only).')
param deployFunctionApp bool = true

@description('True: storage, Cosmos DB, model and vault are reached through private endpoints.')
param vnetEnabled bool = false
param vnetAddressPrefix string = '10.90.0.0/24'
param vnetAppSubnetPrefix string = '10.90.0.0/25'
param vnetEndpointSubnetPrefix string = '10.90.0.128/25'

@description('An address that may pass the firewalls of the private option; empty for none.')
param developerIpAddress string = ''

@description('Whom alerts are mailed to; empty for alerts that only show in the portal.')
param alertEmail string = ''

@minValue(30)
@maxValue(730)
param logRetentionInDays int = 30

// --- Cosmos DB ----------------------------------------------------------------------------------

@allowed(['serverless', 'autoscale'])
param cosmosCapacityMode string = 'serverless'

@description('Highest request units per second of each container; autoscale only.')
@minValue(1000)
param cosmosAutoscaleMaxThroughput int = 1000
param cosmosSecondaryLocation string = ''
param cosmosZoneRedundant bool = false

@allowed(['Continuous7Days', 'Continuous30Days'])
param cosmosBackupTier string = 'Continuous7Days'

@description('An account of yours in this subscription instead of a new one.')
param existingCosmosAccountName string = ''
param existingCosmosResourceGroup string = ''

@description('False: the account of yours has the database and its containers already.')
param createCosmosContainers bool = true

@description('Where the data roles reach: this database, or the whole account.')
@allowed(['database', 'account'])
param cosmosDataRoleScope string = 'database'
param cosmosDatabaseName string = ''

@description('Beginning of the leases; empty for one of this environment alone: apps with the same one share a feed.')
@maxLength(64)
param leaseContainerPrefix string = ''

// --- Models -------------------------------------------------------------------------------------

param chatModelName string = 'gpt-5.4-mini'
param chatModelVersion string = '2026-03-17'
param chatModelSku string = 'GlobalStandard'

@description('Thousands of tokens per minute.')
@minValue(1)
param chatModelCapacity int = 200
param chatDeploymentName string = ''

param embeddingModelName string = 'text-embedding-3-large'
param embeddingModelVersion string = '1'
param embeddingModelSku string = 'GlobalStandard'

@minValue(1)
param embeddingModelCapacity int = 100
param embeddingDeploymentName string = ''

@description('Length of the vectors. It cannot be changed later: it is part of the containers.')
@minValue(1)
@maxValue(4096)
param embeddingDimensions int = 1536

@description('A Foundry or Azure OpenAI account of yours in this subscription, with its deployments.')
param existingModelAccountName string = ''
param existingModelResourceGroup string = ''

@description('Any other endpoint: an OpenAI-compatible URL that ends in /v1, or an account elsewhere.')
param modelEndpoint string = ''

@description('The key of that endpoint if it knows no Entra ID; kept in a Key Vault.')
@secure()
param modelKey string = ''
param keyVaultPurgeProtection bool = false

// --- The app ------------------------------------------------------------------------------------

@allowed(['azureStorage', 'durableTaskScheduler'])
param durableBackend string = 'azureStorage'

@allowed(['Consumption', 'Dedicated'])
param durableTaskSku string = 'Consumption'
param durableTaskCapacity int = 1
param durableTaskIpAllowlist array = ['0.0.0.0/0']

@description('The extension bundle: preview for azure-functions-durable 2.x, stable for 1.7.0.')
@allowed(['preview', 'stable'])
param extensionBundle string = 'preview'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('On-demand instances of each function group at most; a factor of the token budget below.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 4

@minValue(0)
param alwaysReadyInstances int = 0

@description('Tokens, in and out, of a typical chat call of this app.')
@minValue(1)
param tokensPerModelCall int = 2500

@description('Seconds that such a call takes.')
@minValue(1)
param secondsPerModelCall int = 6

@description('Activities at once in an instance; 0 derives it from the token budget.')
@minValue(0)
param maxConcurrentActivities int = 0

@allowed(['durable', 'inprocess'])
param processorOwner string = 'durable'
param sweepSchedule string = '*/30 * * * * *'

@description('Any further setting of shared/settings, as {NAME: text}; never a key or a secret.')
param processorSettings object = {}

// --- Derived ------------------------------------------------------------------------------------

var abbreviations = loadJsonContent('abbreviations.json')
var store = loadJsonContent('../shared/containers.json')
var host = loadJsonContent('../host.json')
var serviceName = 'processor'
var tags = { 'azd-env-name': environmentName }
var token = toLower(uniqueString(subscription().id, environmentName, location))
// An account cannot move: models in another region are another account.
var modelToken = toLower(uniqueString(subscription().id, environmentName, location, modelLocation))
var groupName = empty(resourceGroupName) ? '${abbreviations.resourcesResourceGroups}${environmentName}' : resourceGroupName
var names = {
  functionApp: empty(functionAppName) ? '${abbreviations.webSitesFunctions}${token}' : functionAppName
  plan: '${abbreviations.webServerFarms}${token}'
  storage: empty(storageAccountName) ? '${abbreviations.storageStorageAccounts}${token}' : storageAccountName
  packageContainer: 'app-package-${token}'
  scheduler: '${abbreviations.dts}${token}'
  leasePrefix: empty(leaseContainerPrefix) ? '${token}-' : leaseContainerPrefix
}
var containerNames = {
  turns: store.containers[0].name
  memories: store.containers[1].name
  summaries: store.containers[2].name
  counters: store.containers[3].name
  leases: store.containers[4].name
}
var databaseName = empty(cosmosDatabaseName) ? store.database : cosmosDatabaseName
var makesCosmosAccount = empty(existingCosmosAccountName)
var accountName = !makesCosmosAccount ? existingCosmosAccountName : (empty(cosmosAccountName) ? '${abbreviations.documentDBDatabaseAccounts}${token}' : cosmosAccountName)
var cosmosGroupName = makesCosmosAccount || empty(existingCosmosResourceGroup) ? groupName : existingCosmosResourceGroup
var usesFoundry = empty(modelEndpoint)
var makesModelAccount = usesFoundry && empty(existingModelAccountName)
var foundryName = !makesModelAccount ? existingModelAccountName : (empty(modelAccountName) ? '${abbreviations.cognitiveServicesAccounts}${modelToken}' : modelAccountName)
var modelGroupName = makesModelAccount || empty(existingModelResourceGroup) ? groupName : existingModelResourceGroup
var chatDeployment = empty(chatDeploymentName) ? chatModelName : chatDeploymentName
var embeddingDeployment = empty(embeddingDeploymentName) ? embeddingModelName : embeddingDeploymentName
var usesVault = deployFunctionApp && !usesFoundry && !empty(modelKey)
var allowedAddresses = vnetEnabled && !empty(developerIpAddress) ? [developerIpAddress] : []
// instances x activities x tokens per call x calls per minute <= tokens per minute
var activityBudget = (chatModelCapacity * 1000 * secondsPerModelCall) / (60 * tokensPerModelCall * maximumInstanceCount)
var activities = maxConcurrentActivities > 0 ? maxConcurrentActivities : max(1, min(activityBudget, 32))
var developers = empty(principalId) ? [] : [
  {
    id: principalId
    type: principalType
  }
]
var apps = deployFunctionApp ? [
  {
    id: identity!.outputs.principalId
    type: 'ServicePrincipal'
  }
] : []
var noNetwork = {
  id: ''
  appSubnetId: ''
  endpointSubnetId: ''
}

// --- Resources ----------------------------------------------------------------------------------

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = if (deployFunctionApp) {
  name: 'identity'
  scope: group
  params: {
    name: '${abbreviations.managedIdentityUserAssignedIdentities}${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: '${abbreviations.operationalInsightsWorkspaces}${token}'
    componentName: '${abbreviations.insightsComponents}${token}'
    location: location
    tags: tags
    publishers: concat(apps, developers)
    retentionInDays: logRetentionInDays
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  name: 'network'
  scope: group
  params: {
    name: '${abbreviations.networkVirtualNetworks}${token}'
    location: location
    tags: tags
    addressPrefix: vnetAddressPrefix
    appSubnetPrefix: vnetAppSubnetPrefix
    endpointSubnetPrefix: vnetEndpointSubnetPrefix
  }
}

module cosmosAccount 'modules/cosmos-account.bicep' = if (makesCosmosAccount) {
  name: 'cosmos-account'
  scope: group
  params: {
    name: accountName
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    capacityMode: cosmosCapacityMode
    secondaryLocation: cosmosSecondaryLocation
    zoneRedundant: cosmosZoneRedundant
    backupTier: cosmosBackupTier
    isPrivate: vnetEnabled
    allowedAddresses: allowedAddresses
  }
}

module cosmosDatabase 'modules/cosmos-database.bicep' = {
  name: 'cosmos-database'
  scope: resourceGroup(cosmosGroupName)
  params: {
    accountName: accountName
    databaseName: databaseName
    containerNames: containerNames
    createContainers: makesCosmosAccount || createCosmosContainers
    capacityMode: cosmosCapacityMode
    autoscaleMaxThroughput: cosmosAutoscaleMaxThroughput
    embeddingDimensions: embeddingDimensions
    principalIds: concat(deployFunctionApp ? [identity!.outputs.principalId] : [], empty(principalId) ? [] : [principalId])
    dataRoleScope: cosmosDataRoleScope
  }
  dependsOn: [group, cosmosAccount]
}

module cosmosEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'cosmos-endpoint'
  scope: group
  params: {
    name: 'pe-${accountName}'
    location: location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    serviceId: cosmosDatabase.outputs.accountId
    groupId: 'Sql'
    zoneNames: ['privatelink.documents.azure.com']
  }
}

module modelAccount 'modules/model-account.bicep' = if (makesModelAccount) {
  name: 'model-account'
  scope: group
  params: {
    name: foundryName
    location: modelLocation
    tags: tags
    isPrivate: vnetEnabled
    allowedAddresses: allowedAddresses
    deployments: [
      {
        name: chatDeployment
        modelName: chatModelName
        modelVersion: chatModelVersion
        skuName: chatModelSku
        capacity: chatModelCapacity
      }
      {
        name: embeddingDeployment
        modelName: embeddingModelName
        modelVersion: embeddingModelVersion
        skuName: embeddingModelSku
        capacity: embeddingModelCapacity
      }
    ]
  }
}

module modelAccess 'modules/model-access.bicep' = if (usesFoundry) {
  name: 'model-access'
  scope: resourceGroup(modelGroupName)
  params: {
    accountName: foundryName
    principals: concat(apps, developers)
  }
  dependsOn: [group, modelAccount]
}

module modelPrivateEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled && usesFoundry) {
  name: 'model-endpoint'
  scope: group
  params: {
    name: 'pe-${foundryName}'
    location: location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    serviceId: modelAccess!.outputs.accountId
    groupId: 'account'
    zoneNames: [
      'privatelink.cognitiveservices.azure.com'
      'privatelink.openai.azure.com'
      'privatelink.services.ai.azure.com'
    ]
  }
}

module vault 'modules/key-vault.bicep' = if (usesVault) {
  name: 'key-vault'
  scope: group
  params: {
    name: '${abbreviations.keyVaultVaults}${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    readers: apps
    secretName: 'model-key'
    secretValue: modelKey
    purgeProtection: keyVaultPurgeProtection
    isPrivate: vnetEnabled
    allowedAddresses: allowedAddresses
  }
}

module vaultEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled && usesVault) {
  name: 'key-vault-endpoint'
  scope: group
  params: {
    name: 'pe-${abbreviations.keyVaultVaults}${token}'
    location: location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    serviceId: vault!.outputs.id
    groupId: 'vault'
    zoneNames: ['privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}']
  }
}

module processor 'processor.bicep' = if (deployFunctionApp) {
  name: 'processor'
  scope: group
  params: {
    names: names
    location: location
    tags: tags
    serviceName: serviceName
    databaseName: databaseName
    containerNames: containerNames
    identity: {
      id: identity!.outputs.id
      clientId: identity!.outputs.clientId
      principalId: identity!.outputs.principalId
    }
    principals: concat(apps, developers)
    cosmosEndpoint: cosmosDatabase.outputs.endpoint
    modelEndpoint: usesFoundry ? modelAccess!.outputs.endpoint : modelEndpoint
    modelKeyReference: usesVault ? vault!.outputs.settingValue : ''
    chatDeploymentName: chatDeployment
    embeddingDeploymentName: embeddingDeployment
    embeddingDimensions: embeddingDimensions
    applicationInsightsConnection: monitoring.outputs.connectionString
    durableBackend: durableBackend
    taskHubName: host.extensions.durableTask.hubName
    durableTaskSku: durableTaskSku
    durableTaskCapacity: durableTaskCapacity
    durableTaskIpAllowlist: durableTaskIpAllowlist
    extensionBundle: extensionBundle
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    maxConcurrentActivities: activities
    processorOwner: processorOwner
    sweepSchedule: sweepSchedule
    processorSettings: processorSettings
    network: vnetEnabled ? { id: network!.outputs.id, appSubnetId: network!.outputs.appSubnetId, endpointSubnetId: network!.outputs.endpointSubnetId } : noNetwork
    isPrivate: vnetEnabled
    allowedAddresses: allowedAddresses
  }
  dependsOn: [cosmosEndpoint, modelPrivateEndpoint, vaultEndpoint]
}

module workbook 'modules/workbook.bicep' = if (deployFunctionApp) {
  name: 'workbook'
  scope: group
  params: {
    displayName: 'Agent memories ${environmentName}'
    location: location
    tags: tags
    componentId: monitoring.outputs.componentId
    cosmosAccountId: cosmosDatabase.outputs.accountId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    componentId: deployFunctionApp ? monitoring.outputs.componentId : ''
    cosmosAccountId: cosmosDatabase.outputs.accountId
    modelAccountId: usesFoundry ? modelAccess!.outputs.accountId : ''
    emailAddress: alertEmail
    actionGroupName: '${abbreviations.insightsActionGroups}${token}'
  }
}

// --- For hooks, local.settings.json and agents --------------------------------------------------

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = deployFunctionApp ? processor!.outputs.name : ''
output SERVICE_PROCESSOR_NAME string = deployFunctionApp ? processor!.outputs.name : ''
output SERVICE_PROCESSOR_URL string = deployFunctionApp ? processor!.outputs.url : ''
output APPLICATIONINSIGHTS_NAME string = monitoring.outputs.componentName
output COSMOS_DB_ENDPOINT string = cosmosDatabase.outputs.endpoint
output COSMOS_DB_DATABASE string = databaseName
output COSMOS_DB_TURNS_CONTAINER string = containerNames.turns
output COSMOS_DB_MEMORIES_CONTAINER string = containerNames.memories
output COSMOS_DB_SUMMARIES_CONTAINER string = containerNames.summaries
output COSMOS_DB_COUNTERS_CONTAINER string = containerNames.counters
output COSMOS_DB_LEASE_CONTAINER string = containerNames.leases
output AI_FOUNDRY_ENDPOINT string = usesFoundry ? modelAccess!.outputs.endpoint : modelEndpoint
output AI_FOUNDRY_CHAT_DEPLOYMENT_NAME string = chatDeployment
output AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME string = embeddingDeployment
output AI_FOUNDRY_EMBEDDING_DIMENSIONS string = string(embeddingDimensions)
output MEMORY_SWEEP_SCHEDULE string = sweepSchedule
