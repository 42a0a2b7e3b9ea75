// Durable Task Scheduler: the managed backend of Durable Functions, with the app's task hub.
param name string
param location string
param tags object
param taskHubName string

@allowed(['Consumption', 'Dedicated'])
param skuName string

@description('Units of the Dedicated SKU; the Consumption SKU has none.')
@minValue(1)
param capacity int

@description('Addresses that may connect, each with a token of a role below. Never empty: that refuses all.')
@minLength(1)
param ipAllowlist array

@description('Reachable through a private endpoint only.')
param isPrivate bool

@description('Who works on the hub and sees its dashboard: objects with id and type.')
param principals array

param clientId string

var roleIds = loadJsonContent('../role-ids.json')

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    ipAllowlist: ipAllowlist
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    sku: skuName == 'Dedicated' ? { name: skuName, capacity: capacity } : { name: skuName }
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: taskHubName
  properties: {}
}

resource contributorRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in principals: {
  name: guid(taskHub.id, principal.id, roleIds.durableTaskDataContributor)
  scope: taskHub
  properties: {
    principalId: principal.id
    principalType: principal.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.durableTaskDataContributor)
  }
}]

output id string = scheduler.id
output connection string = 'Endpoint=${scheduler.properties.endpoint};Authentication=ManagedIdentity;ClientID=${clientId}'
