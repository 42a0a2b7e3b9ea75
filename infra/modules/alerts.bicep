// Alerts: on what the app reports (infra/alerts.json), and on what database and model refuse.
param location string
param tags object

@description('The component that the app reports to; empty when no app is deployed.')
param componentId string
param cosmosAccountId string

@description('The Foundry account; empty for an endpoint that is not Azure\'s.')
param modelAccountId string

@description('Whom to write to; empty for alerts that only show in the portal.')
param emailAddress string
param actionGroupName string

var logAlerts = loadJsonContent('../alerts.json')
var actionGroupIds = empty(emailAddress) ? [] : [actionGroup.id]
var metricActions = [for id in actionGroupIds: { actionGroupId: id }]
var cosmosAlerts = [
  {
    name: 'cosmos-throttled'
    description: 'Cosmos DB answered 429: raise the throughput, or lower maximumInstanceCount.'
    scope: cosmosAccountId
    metricNamespace: 'Microsoft.DocumentDB/databaseAccounts'
    metricName: 'TotalRequests'
    aggregation: 'Count'
    threshold: 20
    dimension: 'StatusCode'
    values: ['429']
  }
  {
    name: 'cosmos-request-units'
    description: 'A partition of Cosmos DB uses nearly all of its request units.'
    scope: cosmosAccountId
    metricNamespace: 'Microsoft.DocumentDB/databaseAccounts'
    metricName: 'NormalizedRUConsumption'
    aggregation: 'Maximum'
    threshold: 90
    dimension: 'CollectionName'
    values: ['*']
  }
]
var modelAlerts = [
  {
    name: 'model-throttled'
    description: 'The model answered 429: raise its capacity, or lower maxConcurrentActivities.'
    scope: modelAccountId
    metricNamespace: 'Microsoft.CognitiveServices/accounts'
    metricName: 'AzureOpenAIRequests'
    aggregation: 'Total'
    threshold: 20
    dimension: 'StatusCode'
    values: ['429']
  }
]
var throttling = concat(cosmosAlerts, empty(modelAccountId) ? [] : modelAlerts)

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emailAddress)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'memories'
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: emailAddress
        useCommonAlertSchema: true
      }
    ]
  }
}

resource reported 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in logAlerts: if (!empty(componentId)) {
  name: alert.name
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.name
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [componentId]
    evaluationFrequency: alert.every
    windowSize: alert.window
    autoMitigate: true
    // A new component has no rows, and so no columns, to check a query against.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Maximum'
          metricMeasureColumn: alert.column
          operator: 'GreaterThan'
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: { actionGroups: actionGroupIds }
  }
}]

resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in throttling: {
  name: alert.name
  location: 'global'
  tags: tags
  properties: {
    description: alert.description
    severity: 2
    enabled: true
    scopes: [alert.scope]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: alert.name
          metricNamespace: alert.metricNamespace
          metricName: alert.metricName
          timeAggregation: alert.aggregation
          operator: 'GreaterThan'
          threshold: alert.threshold
          dimensions: [
            {
              name: alert.dimension
              operator: 'Include'
              values: alert.values
            }
          ]
        }
      ]
    }
    actions: metricActions
  }
}]
