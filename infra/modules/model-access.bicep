// Who may call the models of a Foundry or Azure OpenAI account, made here or brought along.
param accountName string

@description('Objects with id and type (ServicePrincipal, User or Group).')
param principals array

var roleIds = loadJsonContent('../role-ids.json')

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: accountName
}

resource userRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principal in principals: {
  name: guid(account.id, principal.id, roleIds.cognitiveServicesOpenAIUser)
  scope: account
  properties: {
    principalId: principal.id
    principalType: principal.type
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.cognitiveServicesOpenAIUser)
  }
}]

output accountId string = account.id
output endpoint string = account.properties.endpoint
