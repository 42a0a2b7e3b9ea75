// The database, its containers as shared/containers.json describes them, and who may use the data.
param accountName string
param databaseName string
param containerNames object

@description('False leaves database and containers of an account of yours as they are.')
param createContainers bool

@allowed(['serverless', 'autoscale'])
param capacityMode string

@minValue(1000)
param autoscaleMaxThroughput int

@minValue(1)
@maxValue(4096)
param embeddingDimensions int

@description('Object ids of those who read and write the data.')
param principalIds array

@allowed(['database', 'account'])
param dataRoleScope string

var store = loadJsonContent('../../shared/containers.json')
var fullTextLanguage = 'en-US'
var throughput = capacityMode == 'serverless' ? {} : { autoscaleSettings: { maxThroughput: autoscaleMaxThroughput } }
var dataScope = dataRoleScope == 'database' ? '/dbs/${databaseName}' : ''
var builtInDataContributor = '00000000-0000-0000-0000-000000000002'

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = {
  name: accountName
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15' = if (createContainers) {
  parent: account
  name: databaseName
  properties: {
    resource: { id: databaseName }
  }
}

resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = [for item in store.containers: if (createContainers) {
  parent: database
  name: containerNames[item.role]
  properties: {
    options: throughput
    resource: union({
      id: containerNames[item.role]
      partitionKey: {
        kind: length(item.partitionKey) == 1 ? 'Hash' : 'MultiHash'
        version: 2
        paths: item.partitionKey
      }
    }, item.defaultTtl == null ? {} : { defaultTtl: item.defaultTtl }, item.search == null ? {} : {
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [{ path: '/*' }]
        excludedPaths: [
          { path: '${store.vector.path}/*' }
          { path: '/source_memory_ids/*' }
          { path: '/supersedes_ids/*' }
          { path: '/"_etag"/?' }
        ]
        vectorIndexes: [
          {
            path: store.vector.path
            // Not null here, which the compiler cannot know.
            type: any(item.search)
          }
        ]
        fullTextIndexes: [{ path: '/content' }]
      }
      vectorEmbeddingPolicy: {
        vectorEmbeddings: [
          {
            path: store.vector.path
            dataType: store.vector.dataType
            distanceFunction: store.vector.distanceFunction
            dimensions: embeddingDimensions
          }
        ]
      }
      fullTextPolicy: {
        defaultLanguage: fullTextLanguage
        fullTextPaths: [
          {
            path: '/content'
            language: fullTextLanguage
          }
        ]
      }
    })
  }
}]

// One after the other: an account takes one change of its roles at a time.
@batchSize(1)
resource dataRoles 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = [for principalId in principalIds: {
  parent: account
  name: guid(account.id, dataScope, principalId, builtInDataContributor)
  properties: {
    principalId: principalId
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${builtInDataContributor}'
    scope: '${account.id}${dataScope}'
  }
  dependsOn: [database]
}]

output accountId string = account.id
output endpoint string = account.properties.documentEndpoint
