// The app and what only the app needs: its storage, its durable backend, its settings.
param names object
param location string
param tags object
param serviceName string
param databaseName string
param containerNames object

@description('The identity of the app: id, clientId and principalId.')
param identity object

@description('Who uses storage and task hub: objects with id and type.')
param principals array

param cosmosEndpoint string
param modelEndpoint string

@description('A Key Vault reference, or empty: the model then asks for tokens of the identity.')
param modelKeyReference string
param chatDeploymentName string
param embeddingDeploymentName string
param embeddingDimensions int
param applicationInsightsConnection string

@allowed(['azureStorage', 'durableTaskScheduler'])
param durableBackend string
param taskHubName string

@allowed(['Consumption', 'Dedicated'])
param durableTaskSku string
param durableTaskCapacity int
param durableTaskIpAllowlist array

@allowed(['preview', 'stable'])
param extensionBundle string

param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReadyInstances int
param maxConcurrentActivities int

@allowed(['durable', 'inprocess'])
param processorOwner string
param sweepSchedule string

@description('Further settings of the app by name, as in shared/settings; they win over the ones here.')
param processorSettings object

@description('Subnets and network of the private option; empty ids without it.')
param network object
param isPrivate bool
param allowedAddresses array

var usesScheduler = durableBackend == 'durableTaskScheduler'
var storageSuffix = environment().suffixes.storage
var bundles = {
  preview: {
    id: 'Microsoft.Azure.Functions.ExtensionBundle.Preview'
    version: '[4.*, 5.0.0)'
  }
  stable: {
    id: 'Microsoft.Azure.Functions.ExtensionBundle'
    version: '[4.38.1, 5.0.0)'
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: names.storage
    location: location
    tags: tags
    packageContainerName: names.packageContainer
    principals: principals
    holdsTaskHub: !usesScheduler
    isPrivate: isPrivate
    allowedAddresses: allowedAddresses
  }
}

module storageEndpoints 'modules/private-endpoint.bicep' = [for groupId in ['blob', 'queue', 'table']: if (isPrivate) {
  name: 'storage-${groupId}-endpoint'
  params: {
    name: 'pe-${groupId}-${names.storage}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: network.endpointSubnetId
    serviceId: storage.outputs.id
    groupId: groupId
    zoneNames: ['privatelink.${groupId}.${storageSuffix}']
  }
}]

module scheduler 'modules/task-scheduler.bicep' = if (usesScheduler) {
  name: 'task-scheduler'
  params: {
    name: names.scheduler
    location: location
    tags: tags
    taskHubName: taskHubName
    skuName: durableTaskSku
    capacity: durableTaskCapacity
    ipAllowlist: durableTaskIpAllowlist
    isPrivate: isPrivate
    principals: principals
    clientId: identity.clientId
  }
}

module schedulerEndpoint 'modules/private-endpoint.bicep' = if (usesScheduler && isPrivate) {
  name: 'task-scheduler-endpoint'
  params: {
    name: 'pe-${names.scheduler}'
    location: location
    tags: tags
    networkId: network.id
    subnetId: network.endpointSubnetId
    serviceId: scheduler!.outputs.id
    groupId: 'scheduler'
    zoneNames: ['privatelink.durabletask.io']
  }
}

var identitySettings = {
  AZURE_CLIENT_ID: identity.clientId
  AzureWebJobsStorage__accountName: names.storage
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  COSMOS_DB__accountEndpoint: cosmosEndpoint
  COSMOS_DB__credential: 'managedidentity'
  COSMOS_DB__clientId: identity.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
}
var storeSettings = {
  COSMOS_DB_ENDPOINT: cosmosEndpoint
  COSMOS_DB_DATABASE: databaseName
  COSMOS_DB_TURNS_CONTAINER: containerNames.turns
  COSMOS_DB_MEMORIES_CONTAINER: containerNames.memories
  COSMOS_DB_SUMMARIES_CONTAINER: containerNames.summaries
  COSMOS_DB_COUNTERS_CONTAINER: containerNames.counters
  COSMOS_DB_LEASE_CONTAINER: containerNames.leases
  COSMOS_DB_LEASE_CONTAINER_PREFIX: names.leasePrefix
}
var modelSettings = {
  AI_FOUNDRY_ENDPOINT: modelEndpoint
  AI_FOUNDRY_CHAT_DEPLOYMENT_NAME: chatDeploymentName
  AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME: embeddingDeploymentName
  AI_FOUNDRY_EMBEDDING_DIMENSIONS: string(embeddingDimensions)
}
var processingSettings = {
  MEMORY_PROCESSOR_OWNER: processorOwner
  MEMORY_SWEEP_SCHEDULE: sweepSchedule
}
// A name AzureFunctionsJobHost__a__b stands above a.b of host.json.
var hostSettings = {
  AzureFunctionsJobHost__extensionBundle__id: bundles[extensionBundle].id
  AzureFunctionsJobHost__extensionBundle__version: bundles[extensionBundle].version
  AzureFunctionsJobHost__extensions__durableTask__hubName: taskHubName
  AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions: string(maxConcurrentActivities)
}
var schedulerSettings = {
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: usesScheduler ? scheduler!.outputs.connection : ''
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
}
var backendSettings = usesScheduler ? schedulerSettings : {}
var keySettings = empty(modelKeyReference) ? {} : { AI_FOUNDRY_API_KEY: modelKeyReference }
var fixedSettings = union(identitySettings, storeSettings, modelSettings, processingSettings, hostSettings)

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    name: names.functionApp
    planName: names.plan
    location: location
    tags: tags
    serviceName: serviceName
    identityId: identity.id
    readsVault: !empty(modelKeyReference)
    packageContainerUrl: storage.outputs.packageContainerUrl
    settings: union(fixedSettings, backendSettings, keySettings, processorSettings)
    subnetId: network.appSubnetId
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
  }
  // The app starts when it is there: by then it must reach its storage and its task hub.
  dependsOn: [storageEndpoints, schedulerEndpoint]
}

output name string = functionApp.outputs.name
output url string = functionApp.outputs.url
